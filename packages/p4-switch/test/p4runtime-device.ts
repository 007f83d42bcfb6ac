// A P4Runtime device over the program `control`, with a clock and timers that the test moves.
import { readFileSync } from 'node:fs';
import {
  type DeviceEvents,
  type DigestList,
  Entity,
  type FieldMatch,
  ForwardingPipelineConfig,
  type IdleTimeoutNotification,
  type Init,
  type PacketIn,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  parseP4Info,
  type TableEntry,
  Update,
  UpdateType,
} from 'p4runtime-js';
import { SwitchDevice, type Timers, V1ModelPlane, V1ModelSwitch } from '../src/index.js';
import { fixture, TestEnvironment } from './support.js';

export const CPU_PORT = 510;

export const p4info = parseP4Info(
  readFileSync(new URL('../fixtures/control.p4info.txtpb', import.meta.url), 'utf8'),
);

/** Id of an object or action of the program by its full name. */
export function id(name: string): number {
  const lists = [
    p4info.tables,
    p4info.actions,
    p4info.actionProfiles,
    p4info.counters,
    p4info.meters,
    p4info.registers,
    p4info.valueSets,
    p4info.digests,
  ];
  for (const list of lists) {
    for (const { preamble } of list) if (preamble?.name === name) return preamble.id;
  }
  throw new Error(`the program has no ${name}`);
}

export const bytes = (value: bigint | number): Uint8Array => {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

export const action = (name: string, ...params: (bigint | number)[]) => ({
  action: { actionId: id(name), params: params.map((p, i) => ({ paramId: i + 1, value: bytes(p) })) },
});
export const exact = (value: bigint | number, fieldId = 1): Init<FieldMatch> => ({
  fieldId,
  exact: { value: bytes(value) },
});

/** An entry of `exact_mac`. */
export const macEntry = (dst: bigint | number, more: Init<TableEntry> = {}): Init<Entity> => ({
  tableEntry: {
    tableId: id('In.exact_mac'),
    match: [exact(dst)],
    action: action('In.forward', 2),
    ...more,
  },
});

export class TestTimers implements Timers {
  private time = 0n;
  private readonly waiting = new Map<object, { readonly at: bigint; readonly callback: () => void }>();
  now(): bigint {
    return this.time;
  }
  after(ms: number, callback: () => void): () => void {
    const key = {};
    this.waiting.set(key, { at: this.time + BigInt(Math.ceil(ms)) * 1_000_000n, callback });
    return () => this.waiting.delete(key);
  }
  /** Let time pass, timer by timer. */
  advance(ms: number, moved: (ms: number) => void = () => {}): void {
    for (let i = 0; i < ms; i++) {
      this.time += 1_000_000n;
      moved(1);
      for (const [key, { at, callback }] of [...this.waiting]) {
        if (at > this.time || !this.waiting.delete(key)) continue;
        callback();
      }
    }
  }
}

export class TestDevice {
  readonly environment = new TestEnvironment();
  readonly timers = new TestTimers();
  readonly sw = new V1ModelSwitch({ cpuPort: CPU_PORT, environment: this.environment });
  readonly plane = new V1ModelPlane(this.sw, 'compiled', this.environment);
  readonly device = new SwitchDevice(1n, this.plane, this.timers);
  readonly packets: Init<PacketIn>[] = [];
  readonly digests: Init<DigestList>[] = [];
  readonly idle: Init<IdleTimeoutNotification>[] = [];
  /** How many controllers there are to hear the device. */
  listeners = 1;

  constructor() {
    const keep =
      <T>(list: T[]) =>
      (item: T) => {
        if (this.listeners > 0) list.push(item);
        return this.listeners;
      };
    const events: DeviceEvents = {
      packetIn: keep(this.packets),
      digest: keep(this.digests),
      idleTimeout: keep(this.idle),
    };
    this.device.connect(events);
  }

  /** With its pipeline set. */
  static running(): TestDevice {
    const device = new TestDevice();
    device.device.setPipeline(PipelineAction.VERIFY_AND_COMMIT, config());
    return device;
  }

  insert = (entity: Init<Entity>): void => this.write(UpdateType.INSERT, entity);
  modify = (entity: Init<Entity>): void => this.write(UpdateType.MODIFY, entity);
  delete = (entity: Init<Entity>): void => this.write(UpdateType.DELETE, entity);

  write(type: UpdateType, entity: Init<Entity>): void {
    // As from the wire.
    this.device.write(Update.decode(Update.encode({ type, entity })));
  }

  read(pattern: Init<Entity>): Entity[] {
    const asked = Entity.decode(Entity.encode(pattern));
    return [...this.device.read(asked)].map((entity) => Entity.decode(Entity.encode(entity)));
  }

  /** All that can be read, as text: equal for equal states. */
  state(): string {
    const everything: Init<Entity>[] = [
      { tableEntry: { counterData: {}, meterConfig: {}, meterCounterData: {} } },
      { tableEntry: { isDefaultAction: true, counterData: {}, meterConfig: {}, meterCounterData: {} } },
      { actionProfileMember: {} },
      { actionProfileGroup: {} },
      { counterEntry: {} },
      { meterEntry: { counterData: {} } },
      { registerEntry: {} },
      { valueSetEntry: {} },
      { packetReplicationEngineEntry: {} },
      { digestEntry: {} },
    ];
    const found = everything.flatMap((pattern) => [...this.device.read(Entity.from(pattern))]);
    return found
      .map((entity) => Entity.encode(entity).toString('hex'))
      .sort()
      .join('\n');
  }

  /** Ports on which a frame leaves that comes in on `port`. */
  send(frame: Uint8Array, port = 1): number[] {
    return this.sw.processFrame(port, frame).map((out) => out.port);
  }

  /** Time passes for the switch and for its P4Runtime server. */
  advance(ms: number): void {
    this.timers.advance(ms, (step) => {
      this.environment.time += step * 1000;
    });
  }
}

export const config = (more: Init<ForwardingPipelineConfig> = {}): ForwardingPipelineConfig =>
  ForwardingPipelineConfig.from({ p4info, p4DeviceConfig: Buffer.from(fixture('control')), ...more });

export function ethernet(dst: bigint | number, src: bigint | number = 0xa, type = 0x1234): Uint8Array {
  const frame = Buffer.alloc(60);
  frame.writeUIntBE(Number(dst), 0, 6);
  frame.writeUIntBE(Number(src), 6, 6);
  frame.writeUInt16BE(type, 12);
  return frame;
}
