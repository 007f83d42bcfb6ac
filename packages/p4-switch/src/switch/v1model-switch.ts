import type { Wire } from 'ethernet-wire';
import { CompiledEngine } from '../compiled/compiled-engine.js';
import type { Engine } from '../engine/engine.js';
import { Runtime } from '../engine/runtime.js';
import { P4SwitchError } from '../errors.js';
import { type Environment, systemEnvironment } from '../externs/clock.js';
import { Interpreter } from '../interpreter/interpreter.js';
import type { Program } from '../ir/program.js';
import { loadProgram } from '../json/load.js';
import type { ControlPlane, Digest, ReplicationControl } from './control-plane.js';
import { PacketPath } from './packet-path.js';
import { ReplicationEngine } from './replication.js';
import {
  type DropReason,
  type DropStatistics,
  newDropStatistics,
  newPortStatistics,
  type PortStatistics,
} from './statistics.js';

export interface SwitchOptions {
  /** Frames sent to this port go to `onCpuPacket`; `injectFromCpu` makes frames that come from it. Default: none. */
  readonly cpuPort?: number;
  /** Clock, randomness, log. Default: the system's. */
  readonly environment?: Environment;
}

export interface OutputFrame {
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** Sees every frame on every port, e.g. to write a pcap file. `time`: microseconds of the environment's clock. */
export type FrameTap = (direction: 'in' | 'out', port: number, bytes: Uint8Array, time: number) => void;

interface Attached {
  readonly wire: Wire;
  readonly statistics: PortStatistics;
}

/**
 * A v1model switch: a pipeline, ports, a packet replication engine. Frames are processed one by one to the end, so a
 * control-plane call always falls between two frames. No frame and no program makes it throw.
 */
export class V1ModelSwitch {
  readonly cpuPort: number | undefined;
  private readonly environment: Environment;
  private readonly ports = new Map<number, Attached>();
  private readonly dropped = newDropStatistics();
  private loaded: { program: Program; runtime: Runtime; engine: Engine; path: PacketPath } | undefined;
  private replicationEngine = new ReplicationEngine();
  private cpuHandler: ((bytes: Uint8Array) => void) | undefined;
  private digestHandler: ((digest: Digest) => void) | undefined;
  private tap: FrameTap | undefined;
  private busy = false;
  private readonly waiting: { port: number; bytes: Uint8Array }[] = [];
  /** Set while `processFrame` collects what leaves. */
  private collected: OutputFrame[] | undefined;
  private readonly touched = new Set<Wire>();

  constructor(options: SwitchOptions = {}) {
    this.cpuPort = options.cpuPort;
    this.environment = options.environment ?? systemEnvironment();
  }

  /**
   * Replace the pipeline and all its state (tables, registers, ..., multicast groups and clone sessions) at once. If
   * it cannot be loaded the switch keeps running the old one.
   * @param document BMv2 JSON, as text or parsed. @throws P4SwitchError BAD_PIPELINE, UNSUPPORTED_PIPELINE.
   */
  loadPipeline(
    document: string | Uint8Array | object,
    options: { readonly engine?: 'compiled' | 'interpreter' } = {},
  ): ControlPlane {
    const program = loadProgram(document);
    const runtime = new Runtime(program, this.environment);
    const engine = options.engine === 'interpreter' ? new Interpreter(runtime) : new CompiledEngine(runtime);
    const replication = new ReplicationEngine();
    const path = new PacketPath(engine, runtime, replication, {
      transmit: (port, bytes) => this.transmit(port, bytes),
      drop: (reason) => this.drop(reason),
      digest: (digest) => this.digestHandler?.(digest),
    });
    this.replicationEngine = replication;
    this.loaded = { program, runtime, engine, path };
    return runtime;
  }

  get hasPipeline(): boolean {
    return this.loaded !== undefined;
  }

  /** Tables, counters, ... of the loaded pipeline. @throws P4SwitchError NO_PIPELINE. */
  get control(): ControlPlane {
    return this.pipeline().runtime;
  }

  get replication(): ReplicationControl {
    return this.replicationEngine;
  }

  get program(): Program {
    return this.pipeline().program;
  }

  private pipeline() {
    if (!this.loaded) throw new P4SwitchError('NO_PIPELINE', 'the switch has no pipeline yet');
    return this.loaded;
  }

  /** @throws P4SwitchError IN_USE or BAD_ARGUMENT. */
  attachPort(port: number, wire: Wire): void {
    if (!Number.isInteger(port) || port < 0 || port > 0xffff_ffff) {
      throw new P4SwitchError('BAD_ARGUMENT', `${port} is no port number`);
    }
    if (this.ports.has(port)) throw new P4SwitchError('IN_USE', `port ${port} is attached already`);
    if (port === this.cpuPort) throw new P4SwitchError('IN_USE', `port ${port} is the CPU port`);
    const attached = { wire, statistics: newPortStatistics() };
    this.ports.set(port, attached);
    wire.onFrames((frames) => {
      if (this.ports.get(port) !== attached) return;
      for (const frame of frames) this.receive(port, frame);
      this.flush();
    });
  }

  /** The wire stays open; its frames are ignored from now on. */
  detachPort(port: number): Wire | undefined {
    const attached = this.ports.get(port);
    this.ports.delete(port);
    return attached?.wire;
  }

  portNumbers(): number[] {
    return [...this.ports.keys()];
  }

  portStatistics(port: number): Readonly<PortStatistics> | undefined {
    return this.ports.get(port)?.statistics;
  }

  /** Live figures: read them, do not keep them. */
  get drops(): Readonly<DropStatistics> {
    return this.dropped;
  }

  /** The one receiver of frames for the CPU port. The bytes are valid only during the call. */
  onCpuPacket(handler: (bytes: Uint8Array) => void): void {
    this.cpuHandler = handler;
  }

  onDigest(handler: (digest: Digest) => void): void {
    this.digestHandler = handler;
  }

  onFrame(tap: FrameTap | undefined): void {
    this.tap = tap;
  }

  /** Packet-out: the frame enters ingress from the CPU port. @throws P4SwitchError BAD_ARGUMENT without CPU port. */
  injectFromCpu(bytes: Uint8Array): void {
    if (this.cpuPort === undefined) throw new P4SwitchError('BAD_ARGUMENT', 'the switch has no CPU port');
    this.receive(this.cpuPort, bytes);
    this.flush();
  }

  /** Take one frame as if it came in on `port` and give back copies of all that leaves, in order, not sending it. */
  processFrame(port: number, bytes: Uint8Array): OutputFrame[] {
    const outer = this.collected;
    const output: OutputFrame[] = [];
    this.collected = output;
    try {
      this.receive(port, bytes);
    } finally {
      this.collected = outer;
    }
    return output;
  }

  private receive(port: number, frame: Uint8Array): void {
    if (this.busy) {
      // A handler sent a frame from inside this very switch: it waits until the current one is through.
      this.waiting.push({ port, bytes: frame.slice() });
      return;
    }
    this.busy = true;
    try {
      this.run(port, frame);
      for (let next = this.waiting.shift(); next; next = this.waiting.shift())
        this.run(next.port, next.bytes);
    } finally {
      this.busy = false;
    }
  }

  private run(port: number, frame: Uint8Array): void {
    const statistics = this.ports.get(port)?.statistics;
    if (statistics) {
      statistics.rxFrames++;
      statistics.rxBytes += frame.length;
    }
    this.tap?.('in', port, frame, this.environment.now());
    if (this.loaded) this.loaded.path.process(port, frame);
    else this.drop('no-pipeline');
  }

  private transmit(port: number, bytes: Uint8Array): void {
    if (this.tap) this.tap('out', port, bytes, this.environment.now());
    if (this.collected) {
      this.collected.push({ port, bytes: bytes.slice() });
      return;
    }
    if (port === this.cpuPort) {
      this.cpuHandler?.(bytes);
      return;
    }
    const attached = this.ports.get(port);
    if (!attached) {
      this.drop('no-port');
      return;
    }
    if (!attached.wire.send(bytes)) {
      attached.statistics.txDropped++;
      this.drop('wire-full');
      return;
    }
    attached.statistics.txFrames++;
    attached.statistics.txBytes += bytes.length;
    this.touched.add(attached.wire);
  }

  private flush(): void {
    for (const wire of this.touched) wire.flush();
    this.touched.clear();
  }

  private drop(reason: DropReason): void {
    this.dropped[reason]++;
  }
}
