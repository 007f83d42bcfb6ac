import assert from 'node:assert/strict';
import type { capability } from '@bluebridge/memory';
import { type Fabric, FLOOD_GROUP, generate, parseFabric, RIGHTS } from '@bluebridge/templates';
import { type Digest, type EngineName, type EntrySpec, V1ModelSwitch } from 'p4-switch';
import { ALICE, BOB, CPU, type Host, M1, M2, macOf, nackOf, punted, routed } from './frames.js';

/** What has to leave the switch: port and bytes. */
export type Expected = readonly (readonly [port: number, frame: Uint8Array])[];

/** Two servers (m1, m2) behind ports 1 and 2, two clients (alice, bob) behind 3 and 4. */
export const SPEC = `name: testbed
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 1MiB }
  - { name: m2, node: 0x102, port: 2, capacity: 1MiB }
clients:
  - { name: alice, node: 0x1, port: 3 }
  - { name: bob, node: 0x2, port: 4 }
`;

/** The program of the testbed's fabric in a switch of its own, with the entries that a controller would write. */
export class Testbed {
  readonly digests: Digest[] = [];
  private readonly device = new V1ModelSwitch({ cpuPort: CPU });

  /** @param program BMv2 JSON of this fabric's program */
  constructor(
    readonly engine: EngineName,
    program: string = compiled(),
  ) {
    this.device.loadPipeline(program, { engine });
    this.device.onDigest((digest) => this.digests.push(digest));
    for (const [host, action, data] of [
      [M1, 'server', []],
      [M2, 'server', []],
      [ALICE, 'client', [1n]],
      [BOB, 'client', [2n]],
    ] as const) {
      this.add('source_guard', [exact(host.port), exact(host.node)], action, data);
      this.add('routes', [home(host.node)], 'route', [BigInt(host.port), mac(host.node)]);
      if (!this.device.control.tables.has('SwitchIngress.stations')) continue;
      this.add('stations', [{ kind: 'exact', value: mac(host.node) }], 'forward', [BigInt(host.port)]);
    }
    this.device.replication.addGroup(
      FLOOD_GROUP,
      [1, 2, 3, 4].map((port) => ({ port, instance: 0 })),
    );
  }

  /** Domain 1 (alice) may use the page at `pointer` of a node, m1 unless given, with these rights. */
  allow(pointer: bigint, rights: number, node = M1.node): this {
    const key = [exact(1), exact(node), { kind: 'lpm', value: pointer, prefixLength: 52 } as const];
    return this.add('permission', key, 'allow', [BigInt(rights)]);
  }

  /** What the capabilities of a node, m1 unless given, are made with (`protection: capability`). */
  key({ k0, k1 }: capability.HalfSipKey, epoch: number, node = M1.node): this {
    const table = this.device.control.tables.get('SwitchIngress.token.capability_keys')!;
    const key = [exact(node)];
    const known = table.find(key);
    if (known) table.remove(known.handle);
    const data = [BigInt(k0), BigInt(k1), BigInt(epoch)];
    table.add({ key, action: { action: 'SwitchIngress.token.capability_key', data } });
    return this;
  }

  /** The page at `pointer` of m1 is at home on m2 now. */
  migrate(pointer: bigint): this {
    const to = [BigInt(M2.port), mac(M2.node), BigInt(M2.node)];
    return this.add('routes', [home(M1.node, pointer, 52)], 'route_to_node', to);
  }

  /** What leaves the switch for this frame: ports and bytes in hexadecimal, sorted. */
  send(port: number, frame: Uint8Array): (readonly [port: number, bytes: string])[] {
    const left = this.device.processFrame(port, frame);
    return left.map(({ port, bytes }) => [port, hex(bytes)] as const).sort();
  }

  /** What leaves the switch for this frame is this, in any order, and nothing else. */
  gives(port: number, frame: Uint8Array, expected: Expected): void {
    assert.deepEqual(this.send(port, frame), expected.map(([port, bytes]) => [port, hex(bytes)]).sort());
  }

  /** The frame comes back turned round, and is counted. */
  refused(reason: number, { port }: Host, frame: Uint8Array): void {
    this.gives(port, frame, [[port, nackOf(frame, reason)]]);
    assert.equal(this.count('refused', reason), 1);
  }

  /** Nothing comes of the frame but a count. */
  dropped(reason: number, { port }: Host, frame: Uint8Array): void {
    this.gives(port, frame, []);
    assert.equal(this.count('refused', reason), 1);
  }

  goesTo(host: Host, { port }: Host, frame: Uint8Array): void {
    this.gives(port, frame, [[host.port, routed(frame, host.node)]]);
  }

  goesUp(cause: number, { port }: Host, frame: Uint8Array): void {
    this.gives(port, frame, [[CPU, punted(frame, port, cause)]]);
    assert.equal(this.count('punted', cause), 1);
  }

  count(counter: 'refused' | 'punted' | 'ordinary', cell: number): number {
    return Number(this.device.control.counters.get(`SwitchIngress.${counter}`)?.read(cell).packets);
  }

  /** All cells of a counter; none if the program has no such counter. */
  counts(counter: 'refused' | 'punted' | 'ordinary'): number[] {
    const { size } = this.device.control.counters.get(`SwitchIngress.${counter}`) ?? { size: 0 };
    return Array.from({ length: size }, (_, cell) => this.count(counter, cell));
  }

  private add(table: string, key: EntrySpec['key'], action: string, data: readonly bigint[]): this {
    this.device.control.tables.get(`SwitchIngress.${table}`)!.add({
      key,
      action: { action: `SwitchIngress.${action}`, data },
    });
    return this;
  }
}

const programs = new Map<string, string>();

/** The program with some features on or off, by our compiler. */
export function compiled(features?: Partial<Fabric['features']>): string {
  const fabric = parseFabric(SPEC);
  const wanted = { ...fabric, features: { ...fabric.features, ...features } };
  const key = JSON.stringify(wanted.features);
  const made = programs.get(key) ?? generate(wanted, { target: 'bmv2' }).bmv2;
  assert.ok(made);
  programs.set(key, made);
  return made;
}

const exact = (value: number) => ({ kind: 'exact', value: BigInt(value) }) as const;
const mac = (node: number): bigint => BigInt(`0x${Buffer.from(macOf(node)).toString('hex')}`);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const home = (node: number, pointer = 0n, bits = 0) =>
  ({ kind: 'lpm', value: (BigInt(node) << 64n) | pointer, prefixLength: 16 + bits }) as const;

/** Bytes in a page. */
export const PAGE = 4096n;
export const ALL_RIGHTS = RIGHTS.READ | RIGHTS.WRITE | RIGHTS.OWNER;

/** The same tests on each engine; `bed()` is a switch of the test's own: alice may read the first page of m1, and everything on the second. */
export function describeProgram(title: string, tests: (bed: () => Testbed) => void): void {
  for (const engine of ['compiled', 'interpreter'] as const) {
    describe(`the switch program, ${title} (${engine})`, () => {
      let testbed: Testbed;
      beforeEach(() => {
        testbed = new Testbed(engine).allow(0n, RIGHTS.READ).allow(PAGE, ALL_RIGHTS);
      });
      tests(() => testbed);
    });
  }
}
