import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type capability, wire } from '@bluebridge/memory';
import {
  CLIENT_INSTANCE,
  COHERENCE_GROUP,
  type Fabric,
  FLOOD_GROUP,
  generate,
  SERVER_INSTANCE,
} from '@bluebridge/templates';
import { type Digest, type EngineName, type EntrySpec, type RegisterControl, V1ModelSwitch } from 'p4-switch';
import { macOf } from '../switch-program/frames.js';
import { CLIENTS, type Client, CPU, clientOf, fabricOf, HOME, OTHER_HOME, TICK } from './fabric.js';

export const PAGE = 4096;
/** log2 of the bytes of the tests' region: 4 pages. */
export const REGION = 14;
export const GENERATION = 7;
export const SLOT = 5;

/** A frame that has left the switch, taken apart. Its checksum was right. */
export interface Sent {
  readonly port: number;
  readonly message: wire.Message;
  readonly payload: Uint8Array;
  readonly to: string;
}

/** Of a slot. */
export const REGISTERS = [
  'number',
  'lock_tag',
  'lock_expiry',
  'sharers',
  'owner',
  'pending',
  'since',
  'subscribers',
  'changes',
  'accesses',
  'probes',
] as const;
type Registers = Record<(typeof REGISTERS)[number], bigint>;

const programs = new Map<string, string>();

/** BMv2 JSON of the coherent fabric's program, by our compiler; or by p4c-bm2-ss, if $BLUEBRIDGE_P4C names it. */
export function compiled(mode: 'msi' | 'home', protection?: Fabric['features']['protection']): string {
  const key = `${mode} ${protection}`;
  let program = programs.get(key);
  if (!program) {
    const made = generate(fabricOf(mode, protection), { target: 'bmv2' });
    program = process.env.BLUEBRIDGE_P4C ? byP4c(process.env.BLUEBRIDGE_P4C, made.files) : made.bmv2;
    assert.ok(program);
    programs.set(key, program);
  }
  return program;
}

function byP4c(p4c: string, files: ReadonlyMap<string, Uint8Array>): string {
  const source = [...files].find(([name]) => name.endsWith('.p4'))?.[1];
  assert.ok(source);
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-p4c-'));
  try {
    const [input, output] = [join(folder, 'program.p4'), join(folder, 'program.json')];
    writeFileSync(input, source);
    execFileSync(p4c, ['--std', 'p4-16', '-o', output, input], { stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program of a coherent fabric in a switch of its own, with a clock that the test moves. */
export class CoherentSwitch {
  /** Microseconds. */
  clock = 1_000_000;
  readonly digests: Digest[] = [];
  readonly device: V1ModelSwitch;

  constructor(
    readonly engine: EngineName,
    readonly mode: 'msi' | 'home' = 'msi',
    program = compiled(mode),
  ) {
    this.device = new V1ModelSwitch({
      cpuPort: CPU,
      environment: { now: () => this.clock, random: () => 0n, log: (text) => assert.fail(text) },
    });
    this.device.loadPipeline(program, { engine });
    this.device.onDigest((digest) => this.digests.push(digest));
    const clients = Array.from({ length: CLIENTS }, (_, index) => clientOf(index));
    for (const client of clients) this.admit(client, client.epoch);
    for (const { node, port } of [HOME, OTHER_HOME]) {
      this.add('source_guard', [exact(port), exact(node)], 'server', []);
    }
    for (const { node, port } of [HOME, OTHER_HOME, ...clients]) {
      this.add('routes', [pages(node)], 'route', [BigInt(port), macNumber(node)]);
    }
    const ports = [HOME, OTHER_HOME, ...clients].map(({ port }) => port);
    this.device.replication.addGroup(
      FLOOD_GROUP,
      ports.map((port) => ({ port, instance: 0 })),
    );
    if (mode === 'home') return;
    this.device.replication.addGroup(COHERENCE_GROUP, [
      ...clients.map(({ port, index }) => ({ port, instance: CLIENT_INSTANCE + index })),
      ...[HOME, OTHER_HOME].map(({ port }, i) => ({ port, instance: SERVER_INSTANCE + i })),
    ]);
    for (const { node, index } of clients) {
      const data = [1n << BigInt(index), BigInt(node), macNumber(node)];
      this.addTo(
        'SwitchEgress.replicas',
        [exact(CLIENT_INSTANCE + index)],
        'SwitchEgress.client_replica',
        data,
      );
    }
    for (const i of [0, 1]) {
      this.addTo('SwitchEgress.replicas', [exact(SERVER_INSTANCE + i)], 'SwitchEgress.server_replica', []);
    }
  }

  /** The client's entry in the source guard, with these epochs. */
  admit({ index, node, port }: Client, epoch: number, writebackEpoch = 0): this {
    const table = this.device.control.tables.get('SwitchIngress.source_guard')!;
    const key = [exact(port), exact(node)];
    const known = table.find(key);
    if (known) table.remove(known.handle);
    const data = [1n, BigInt(index), 1n << BigInt(index), BigInt(epoch), BigInt(writebackEpoch)];
    return this.add('source_guard', key, 'client', data);
  }

  /** Everybody (domain 1) may do this with the home's first MiB. */
  allow(rights: number): this {
    const key = [exact(1), exact(HOME.node), { kind: 'lpm', value: 0n, prefixLength: 44 } as const];
    return this.add('permission', key, 'allow', [BigInt(rights)]);
  }

  /** What the home's capabilities are made with. */
  key({ k0, k1 }: capability.HalfSipKey, epoch: number): this {
    const data = [BigInt(k0), BigInt(k1), BigInt(epoch)];
    return this.addTo(
      'SwitchIngress.token.capability_keys',
      [exact(HOME.node)],
      'SwitchIngress.token.capability_key',
      data,
    );
  }

  /** The home's first region is in the directory. */
  cached(generation = GENERATION, action: 'cached' | 'closing' = 'cached'): this {
    return this.entry(action, [BigInt(SLOT), BigInt(generation), BigInt(REGION)], 64 - REGION);
  }

  /** The home has no slots. */
  uncached(generation = GENERATION): this {
    return this.entry('uncached', [BigInt(generation)], 0);
  }

  private entry(action: string, data: readonly bigint[], bits: number): this {
    const table = this.device.control.tables.get('SwitchIngress.coherence.directory')!;
    const key = [{ ...pages(HOME.node), prefixLength: 16 + bits }];
    const known = table.find(key);
    if (known) table.remove(known.handle);
    return this.addTo('SwitchIngress.coherence.directory', key, `SwitchIngress.coherence.${action}`, data);
  }

  /** What leaves the switch for this frame, by port. Every frame for a host must be one, with a checksum that is right. */
  send(port: number, frame: Uint8Array): Sent[] {
    return this.device
      .processFrame(port, frame)
      .map(({ port, bytes }) => taken(port, bytes))
      .sort((a, b) => a.port - b.port);
  }

  /** Nothing leaves the switch for this frame. */
  swallows(port: number, frame: Uint8Array): void {
    assert.deepEqual(this.send(port, frame), []);
  }

  registers(slot = SLOT): Registers {
    return Object.fromEntries(REGISTERS.map((name) => [name, this.register(name).read(slot)])) as Registers;
  }

  register(name: string): RegisterControl {
    const register = this.device.control.registers.get(`SwitchIngress.coherence.${name}`);
    assert.ok(register, `no register ${name}`);
    return register;
  }

  count(counter: 'refused' | 'punted', cell: number): number {
    return Number(this.device.control.counters.get(`SwitchIngress.${counter}`)?.read(cell).packets);
  }

  /** Let so many units of the switch's clock go by. */
  wait(ticks: number): void {
    this.clock += ticks * TICK;
  }

  private add(table: string, key: EntrySpec['key'], action: string, data: readonly bigint[]): this {
    return this.addTo(`SwitchIngress.${table}`, key, `SwitchIngress.${action}`, data);
  }

  private addTo(table: string, key: EntrySpec['key'], action: string, data: readonly bigint[]): this {
    const control = this.device.control.tables.get(table);
    assert.ok(control, `no table ${table}`);
    control.add({ key, action: { action, data } });
    return this;
  }
}

/** Bytes in front of a frame that goes to the controller. */
const PACKET_IN_BYTES = 3;
export const SLOT_BYTES = 64;

function taken(port: number, bytes: Uint8Array): Sent {
  const message = new wire.Message();
  const hasSlot = port === CPU && bytes[2] === 8;
  const start = port !== CPU ? 0 : PACKET_IN_BYTES + (hasSlot ? SLOT_BYTES : 0);
  const frame = bytes.subarray(start);
  const defect = wire.decodeFrame(frame, message);
  assert.equal(defect, undefined, `a frame to port ${port} has ${defect}`);
  return {
    port,
    message,
    payload: hasSlot ? bytes.slice(0, start) : Uint8Array.from(message.payload(frame)),
    to: Buffer.from(frame.subarray(0, 6)).toString('hex'),
  };
}

const exact = (value: number) => ({ kind: 'exact', value: BigInt(value) }) as const;
const macNumber = (node: number): bigint => BigInt(`0x${Buffer.from(macOf(node)).toString('hex')}`);
/** A whole node, as a prefix of node ++ pointer. */
const pages = (node: number) => ({ kind: 'lpm', value: BigInt(node) << 64n, prefixLength: 16 }) as const;
