import { Runtime } from '../engine/runtime.js';
import { type Environment, systemEnvironment } from '../externs/clock.js';
import { loadProgram } from '../json/load.js';
import type { ControlPlane, Digest, ReplicationControl } from '../switch/control-plane.js';
import type { V1ModelSwitch } from '../switch/v1model-switch.js';
import type { DataPlane } from './device.js';

export type EngineName = 'compiled' | 'interpreter';

/** A V1ModelSwitch as the P4Runtime device wants it. */
export class V1ModelPlane implements DataPlane {
  private readonly known = new Map<number, boolean>();

  constructor(
    private readonly dataPlane: V1ModelSwitch,
    private readonly engine: EngineName = 'compiled',
    private readonly environment: Environment = systemEnvironment(),
  ) {}

  get control(): ControlPlane {
    return this.dataPlane.control;
  }

  get replication(): ReplicationControl {
    return this.dataPlane.replication;
  }

  /** A port is up while a wire is attached to it. */
  ports(): ReadonlyMap<number, boolean> {
    for (const port of this.known.keys()) this.known.set(port, false);
    for (const port of this.dataPlane.portNumbers()) this.known.set(port, true);
    return this.known;
  }

  /** Builds everything but runs nothing. */
  verifyPipeline(json: string): ControlPlane {
    return new Runtime(loadProgram(json), this.environment);
  }

  loadPipeline(json: string): void {
    this.dataPlane.loadPipeline(json, { engine: this.engine });
  }

  injectFromCpu(frame: Uint8Array): void {
    this.dataPlane.injectFromCpu(frame);
  }

  onCpuPacket(handler: (frame: Uint8Array) => void): void {
    this.dataPlane.onCpuPacket(handler);
  }

  onDigest(handler: (digest: Digest) => void): void {
    this.dataPlane.onDigest(handler);
  }
}
