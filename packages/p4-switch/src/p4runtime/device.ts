import {
  Code,
  type DeviceEvents,
  type DeviceHandler,
  type DigestListAck,
  type Entity,
  ForwardingPipelineConfig,
  type Init,
  P4RuntimeError,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  type p4,
  type Update,
} from 'p4runtime-js';
import type { ControlPlane, Digest, ReplicationControl } from '../switch/control-plane.js';
import { type Bindings, bind } from './bindings.js';
import {
  readCounters,
  readMeters,
  readRegisters,
  readValueSets,
  writeCounter,
  writeMeter,
  writeRegister,
  writeValueSet,
} from './cells.js';
import { DigestStreams, type Timers } from './digests.js';
import {
  readDirectCounters,
  readDirectMeters,
  writeDirectCounter,
  writeDirectMeter,
} from './direct-resources.js';
import { invalid, notFound, translated, unimplemented } from './errors.js';
import { packetIn, packetOutFrame } from './packet-io.js';
import { readGroups, readMembers, writeGroup, writeMember } from './profiles.js';
import { readReplication, writeReplication } from './replication.js';
import { readTableEntries, writeTableEntry } from './tables.js';

/** What the P4Runtime device needs of a data plane. */
export interface DataPlane {
  readonly control: ControlPlane;
  readonly replication: ReplicationControl;
  /** Check a BMv2 JSON text without running it. @throws P4SwitchError BAD_PIPELINE, UNSUPPORTED_PIPELINE */
  verifyPipeline(json: string): ControlPlane;
  /** Run a BMv2 JSON text from now on; tables start with what it declares. */
  loadPipeline(json: string): void;
  /** A frame enters by the CPU port. */
  injectFromCpu(frame: Uint8Array): void;
  onCpuPacket(handler: (frame: Uint8Array) => void): void;
  onDigest(handler: (digest: Digest) => void): void;
}

/** A switch behind a P4RuntimeServer: the P4Info's view of the data plane. */
export class SwitchDevice implements DeviceHandler {
  pipeline: ForwardingPipelineConfig | null = null;
  /** Verified and kept by VERIFY_AND_SAVE until COMMIT. */
  private saved: ForwardingPipelineConfig | null = null;
  private bindings: Bindings | undefined;
  private digests: DigestStreams | undefined;
  private events: DeviceEvents | undefined;
  /** Frames for the controller that nobody took: no primary, or too short for the packet-in header. */
  packetInsDropped = 0;

  constructor(
    readonly deviceId: bigint,
    private readonly plane: DataPlane,
    private readonly timers: Timers,
  ) {
    plane.onCpuPacket((frame) => this.cpuPacket(frame));
    plane.onDigest((digest) => this.digests?.add(digest));
  }

  connect(events: DeviceEvents): void {
    this.events = events;
  }

  setPipeline(action: PipelineAction, config: ForwardingPipelineConfig | null): void {
    if (action === PipelineAction.COMMIT) {
      if (!this.saved) throw notFound('no pipeline was saved: there is nothing to commit');
      this.realise(this.saved);
      return;
    }
    if (!config) throw invalid('the request has no pipeline config');
    if (action === PipelineAction.RECONCILE_AND_COMMIT) {
      // Reconciling keeps the forwarding state; where the program stays the same there is nothing to change.
      if (!this.pipeline || !sameProgram(this.pipeline, config)) {
        throw unimplemented('RECONCILE_AND_COMMIT is only supported for the program that runs already');
      }
      this.pipeline = config;
      return;
    }
    this.verify(config);
    if (action === PipelineAction.VERIFY) return;
    if (action === PipelineAction.VERIFY_AND_SAVE) {
      this.saved = copy(config);
      return;
    }
    this.realise(copy(config));
  }

  write({ type, entity }: Update): void {
    const bindings = this.running();
    translated(() => {
      switch (entity?.entity) {
        case 'tableEntry':
          return writeTableEntry(bindings, type, entity.tableEntry!);
        case 'actionProfileMember':
          return writeMember(bindings, type, entity.actionProfileMember!);
        case 'actionProfileGroup':
          return writeGroup(bindings, type, entity.actionProfileGroup!);
        case 'meterEntry':
          return writeMeter(bindings, type, entity.meterEntry!);
        case 'directMeterEntry':
          return writeDirectMeter(bindings, type, entity.directMeterEntry!);
        case 'counterEntry':
          return writeCounter(bindings, type, entity.counterEntry!);
        case 'directCounterEntry':
          return writeDirectCounter(bindings, type, entity.directCounterEntry!);
        case 'packetReplicationEngineEntry':
          return writeReplication(this.plane.replication, type, entity.packetReplicationEngineEntry!);
        case 'valueSetEntry':
          return writeValueSet(bindings, type, entity.valueSetEntry!);
        case 'registerEntry':
          return writeRegister(bindings, type, entity.registerEntry!);
        case 'digestEntry':
          return this.digests!.write(type, entity.digestEntry!);
        default:
          throw unimplemented(`entities of the kind ${entity?.entity ?? 'none'} are not supported`);
      }
    });
  }

  read(pattern: Entity): Iterable<Init<Entity>> & Iterable<Entity> {
    const bindings = this.running();
    const found = translated(() => [...this.reader(bindings, pattern)]);
    return found as unknown as Iterable<Init<Entity>> & Iterable<Entity>;
  }

  private reader(bindings: Bindings, pattern: Entity): Iterable<Init<Entity>> {
    switch (pattern.entity) {
      case 'tableEntry':
        return readTableEntries(bindings, pattern.tableEntry!);
      case 'actionProfileMember':
        return readMembers(bindings, pattern.actionProfileMember!);
      case 'actionProfileGroup':
        return readGroups(bindings, pattern.actionProfileGroup!);
      case 'meterEntry':
        return readMeters(bindings, pattern.meterEntry!);
      case 'directMeterEntry':
        return readDirectMeters(bindings, pattern.directMeterEntry!);
      case 'counterEntry':
        return readCounters(bindings, pattern.counterEntry!);
      case 'directCounterEntry':
        return readDirectCounters(bindings, pattern.directCounterEntry!);
      case 'packetReplicationEngineEntry':
        return readReplication(this.plane.replication, pattern.packetReplicationEngineEntry!);
      case 'valueSetEntry':
        return readValueSets(bindings, pattern.valueSetEntry!);
      case 'registerEntry':
        return readRegisters(bindings, pattern.registerEntry!);
      case 'digestEntry':
        return this.digests!.read(pattern.digestEntry!);
      default:
        throw unimplemented(`entities of the kind ${pattern.entity ?? 'none'} are not supported`);
    }
  }

  packetOut(packet: PacketOut): void {
    const bindings = this.running();
    this.plane.injectFromCpu(packetOutFrame(packet, bindings.packetOut));
  }

  digestAck(ack: DigestListAck): void {
    this.running();
    this.digests!.acknowledge(ack);
  }

  close(): void {
    this.digests?.close();
  }

  private running(): Bindings {
    if (!this.bindings) {
      throw new P4RuntimeError('no pipeline has been set', Code.FAILED_PRECONDITION);
    }
    return this.bindings;
  }

  private verify(config: ForwardingPipelineConfig): void {
    const { p4info, json } = parts(config);
    translated(() => bind(p4info, this.plane.verifyPipeline(json)));
  }

  private realise(config: ForwardingPipelineConfig): void {
    const { p4info, json } = parts(config);
    translated(() => {
      this.plane.loadPipeline(json);
      this.bindings = bind(p4info, this.plane.control);
    });
    this.digests?.close();
    this.digests = new DigestStreams(this.bindings!, this.timers, (list) => this.events?.digest(list) ?? 0);
    this.pipeline = config;
    this.saved = null;
  }

  private cpuPacket(frame: Uint8Array): void {
    const packet = packetIn(frame, this.bindings?.packetIn);
    const reached = packet ? (this.events?.packetIn(packet) ?? 0) : 0;
    if (reached === 0) this.packetInsDropped++;
  }
}

function parts(config: ForwardingPipelineConfig): { p4info: p4.config.v1.P4Info; json: string } {
  if (!config.p4info) throw invalid('the pipeline config has no P4Info');
  if (config.p4DeviceConfig.length === 0) {
    throw invalid('the pipeline config has no device config; this switch expects BMv2 JSON there');
  }
  return { p4info: config.p4info, json: Buffer.from(config.p4DeviceConfig).toString('utf8') };
}

/** Decoded `bytes` are views of the request's buffer, which must not be kept alive by the pipeline. */
const copy = (config: ForwardingPipelineConfig): ForwardingPipelineConfig => ({
  ...config,
  p4DeviceConfig: Uint8Array.from(config.p4DeviceConfig),
});

const sameProgram = (a: ForwardingPipelineConfig, b: ForwardingPipelineConfig): boolean =>
  Buffer.compare(a.p4DeviceConfig, b.p4DeviceConfig) === 0 &&
  Buffer.compare(
    ForwardingPipelineConfig.encode({ p4info: a.p4info }),
    ForwardingPipelineConfig.encode({ p4info: b.p4info }),
  ) === 0;
