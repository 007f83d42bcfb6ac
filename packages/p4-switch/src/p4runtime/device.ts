import {
  type DeviceEvents,
  type DeviceHandler,
  type DigestListAck,
  type Entity,
  ForwardingPipelineConfig,
  type Init,
  P4RuntimeError,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  type Update,
  type WriteTransaction,
} from 'p4runtime-js';
import type { ControlPlane, Digest, ReplicationControl } from '../switch/control-plane.js';
import { ReplicationEngine } from '../switch/replication.js';
import { bind } from './bind.js';
import type { Bindings } from './bindings.js';
import { failedPrecondition, invalid, notFound, translated } from './errors.js';
import type { Ports } from './groups.js';
import { packetIn, packetOutFrame } from './packet-io.js';
import { Pipeline } from './pipeline.js';
import { snapshot } from './snapshot.js';
import type { Timers } from './timers.js';
import { inverseOf } from './undo.js';

/** What the P4Runtime device needs of a data plane. */
export interface DataPlane {
  readonly control: ControlPlane;
  readonly replication: ReplicationControl;
  /** Ports that are or were there: whether each is up. */
  ports(): Ports;
  /** Check a BMv2 JSON text without running it. @throws P4SwitchError BAD_PIPELINE, UNSUPPORTED_PIPELINE */
  verifyPipeline(json: string): ControlPlane;
  /** Run a BMv2 JSON text from now on; tables start with what it declares. */
  loadPipeline(json: string): void;
  /** A frame enters by the CPU port. */
  injectFromCpu(frame: Uint8Array): void;
  onCpuPacket(handler: (frame: Uint8Array) => void): void;
  onDigest(handler: (digest: Digest) => void): void;
}

interface Configured {
  readonly config: ForwardingPipelineConfig;
  readonly pipeline: Pipeline;
}

/** A switch behind a P4RuntimeServer: the P4Info's view of the data plane. */
export class SwitchDevice implements DeviceHandler {
  /** Frames for the controller that nobody took: no primary, or too short for the packet-in header. */
  packetInsDropped = 0;
  private running: Configured | undefined;
  /** By VERIFY_AND_SAVE: reads and writes refer to it until COMMIT lets it run. */
  private saved: Configured | undefined;
  private events: DeviceEvents | undefined;

  constructor(
    readonly deviceId: bigint,
    private readonly plane: DataPlane,
    private readonly timers: Timers,
  ) {
    plane.onCpuPacket((frame) => this.cpuPacket(frame));
    plane.onDigest((digest) => this.running?.pipeline.digests.add(digest));
  }

  get pipeline(): ForwardingPipelineConfig | null {
    return (this.saved ?? this.running)?.config ?? null;
  }

  connect(events: DeviceEvents): void {
    this.events = events;
  }

  /**
   * Nothing changes when it throws (specification, "SetForwardingPipelineConfig RPC").
   * @throws P4RuntimeError INVALID_ARGUMENT, NOT_FOUND
   */
  setPipeline(action: PipelineAction, config: ForwardingPipelineConfig | null): void {
    if (action === PipelineAction.COMMIT) {
      if (!this.saved)
        throw notFound('no pipeline was saved: there is nothing to commit; use VERIFY_AND_SAVE');
      return this.run(this.saved.config, [...snapshot(this.saved.pipeline)]);
    }
    if (!config) throw invalid('the request has no pipeline config');
    const checked = this.verify(config);
    switch (action) {
      case PipelineAction.VERIFY:
        return checked.pipeline.close();
      case PipelineAction.VERIFY_AND_SAVE:
        this.saved?.pipeline.close();
        this.saved = checked;
        return;
      case PipelineAction.RECONCILE_AND_COMMIT:
        return this.run(checked.config, this.preserved(checked.pipeline));
      default:
        return this.run(checked.config, []);
    }
  }

  write(update: Update): void {
    this.target().write(update);
  }

  /** Both modes of all or nothing: a batch is carried out between two packets, and taken back if an update fails. */
  begin(): WriteTransaction {
    const target = this.target();
    const undo: Update[] = [];
    return {
      write(update) {
        const inverse = inverseOf(target, update);
        target.write(update);
        undo.push(...inverse);
      },
      commit() {},
      rollback() {
        for (const update of undo.reverse()) target.write(update);
      },
    };
  }

  read(pattern: Entity): Iterable<Init<Entity>> {
    return this.target().read(pattern);
  }

  packetOut(packet: PacketOut): void {
    const frame = packetOutFrame(packet, this.runningBindings().packetOut);
    translated(() => this.plane.injectFromCpu(frame));
  }

  digestAck(ack: DigestListAck): void {
    this.runningBindings();
    this.running!.pipeline.digests.acknowledge(ack);
  }

  /** Ports came or went: members that watch them take part in their groups or not. */
  portsChanged(): void {
    this.running?.pipeline.portsChanged();
    this.saved?.pipeline.portsChanged();
  }

  close(): void {
    this.running?.pipeline.close();
    this.saved?.pipeline.close();
  }

  /** What reads and writes refer to. */
  private target(): Pipeline {
    const target = this.saved ?? this.running;
    if (!target) throw failedPrecondition('no pipeline has been set');
    return target.pipeline;
  }

  private runningBindings(): Bindings {
    if (!this.running) throw failedPrecondition('no pipeline runs');
    return this.running.pipeline.bindings;
  }

  /** A pipeline of its own, which no packet reaches. */
  private verify(given: ForwardingPipelineConfig): Configured {
    const config = copy(given);
    const control = translated(() => this.plane.verifyPipeline(jsonOf(config)));
    const bindings = bind(config.p4info!, control);
    return { config, pipeline: this.pipelineOf(bindings, new ReplicationEngine(), false) };
  }

  /**
   * What the running pipeline holds, for another one.
   * @param next where it is tried out
   * @throws P4RuntimeError INVALID_ARGUMENT where it does not fit
   */
  private preserved(next: Pipeline): Update[] {
    const updates = this.running ? [...snapshot(this.running.pipeline)] : [];
    for (const update of updates) {
      try {
        next.write(update);
      } catch (error) {
        next.close();
        const reason = P4RuntimeError.from(error).rawMessage;
        throw invalid(`the forwarding state cannot be kept under the new pipeline: ${reason}`);
      }
    }
    return updates;
  }

  private run(config: ForwardingPipelineConfig, updates: readonly Update[]): void {
    translated(() => this.plane.loadPipeline(jsonOf(config)));
    const bindings = bind(config.p4info!, this.plane.control);
    this.close();
    this.saved = undefined;
    this.running = { config, pipeline: this.pipelineOf(bindings, this.plane.replication, true) };
    for (const update of updates) this.running.pipeline.write(update);
  }

  private pipelineOf(bindings: Bindings, replication: ReplicationControl, tells: boolean): Pipeline {
    return new Pipeline(bindings, replication, () => this.plane.ports(), this.timers, {
      digest: (list) => (tells ? (this.events?.digest(list) ?? 0) : 0),
      idleTimeout: (notification) => (tells ? (this.events?.idleTimeout(notification) ?? 0) : 0),
    });
  }

  private cpuPacket(frame: Uint8Array): void {
    const packet = this.running && packetIn(frame, this.running.pipeline.bindings.packetIn);
    const reached = packet ? (this.events?.packetIn(packet) ?? 0) : 0;
    if (reached === 0) this.packetInsDropped++;
  }
}

const jsonOf = (config: ForwardingPipelineConfig): string =>
  Buffer.from(config.p4DeviceConfig).toString('utf8');

/** Decoded `bytes` are views of the request's buffer, which must not be kept alive by the pipeline. */
function copy(config: ForwardingPipelineConfig): ForwardingPipelineConfig {
  if (!config.p4info) throw invalid('the pipeline config has no P4Info');
  if (config.p4DeviceConfig.length === 0) {
    throw invalid('the pipeline config has no device config; this switch expects BMv2 JSON there');
  }
  return ForwardingPipelineConfig.decode(Buffer.from(ForwardingPipelineConfig.encode(config)));
}
