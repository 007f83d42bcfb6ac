// One device: its handler, who may write to it, and the order of its reads and writes.
import { decodeElectionId } from '../arbitration/election-id.js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import type { StreamMessageResponse } from '../messages.js';
import { StreamMessageResponse as Response, type Uint128 } from '../messages.js';
import type { Watch } from '../observe/watch.js';
import type { Init } from '../wire/message-type.js';
import { Arbiter, roleName } from './arbiter.js';
import type { Caller, DeviceEventKind, DeviceEvents, DeviceHandler } from './device-handler.js';
import { ReadWriteLock } from './read-write-lock.js';
import type { ControllerStream } from './stream.js';

export class Device {
  readonly handler: DeviceHandler;
  readonly arbiter: Arbiter<ControllerStream>;
  readonly lock = new ReadWriteLock();
  readonly #watch: Watch;

  constructor(handler: DeviceHandler, maxStreams: number, watch: Watch) {
    this.#watch = watch;
    this.handler = handler;
    this.arbiter = new Arbiter(handler.deviceId, maxStreams);
    handler.connect(this.#events());
  }

  /** @throws P4RuntimeError NOT_FOUND or PERMISSION_DENIED, in the order that the specification gives */
  checkPrimary(request: {
    readonly role: string;
    readonly roleId: bigint;
    readonly electionId: Uint128 | null;
  }): Caller {
    return this.arbiter.checkPrimary(
      roleName(request.role, request.roleId),
      decodeElectionId(request.electionId),
    );
  }

  /** @throws P4RuntimeError FAILED_PRECONDITION */
  checkPipeline(): void {
    if (this.handler.pipeline !== null) return;
    throw new P4RuntimeError(
      `device ${this.handler.deviceId} has no forwarding pipeline yet; send SetForwardingPipelineConfig first`,
      Code.FAILED_PRECONDITION,
    );
  }

  #events(): DeviceEvents {
    return {
      packetIn: (packet) => this.#broadcast('packet', { packet }),
      digest: (digest) => this.#broadcast('digest', { digest }),
      idleTimeout: (idleTimeoutNotification) =>
        this.#broadcast('idleTimeoutNotification', { idleTimeoutNotification }),
    };
  }

  #broadcast(kind: DeviceEventKind, message: Init<StreamMessageResponse>): number {
    let bytes: Buffer | undefined;
    let sent = 0;
    for (const { stream, caller } of this.arbiter.primaries()) {
      if (this.handler.receives && !this.handler.receives(kind, caller)) continue;
      bytes ??= Response.encode(message);
      if (stream.offer(kind, bytes)) sent++;
    }
    if (bytes === undefined) this.#watch.stream('dropped', kind);
    return sent;
  }
}

/** The devices of a server by id. */
export class Devices {
  readonly #byId = new Map<bigint, Device>();

  /** @throws P4RuntimeError INVALID_ARGUMENT for an id that is zero or taken */
  add(device: Device): void {
    const { deviceId } = device.handler;
    if (deviceId === 0n) throw new P4RuntimeError('a device id is never 0', Code.INVALID_ARGUMENT);
    if (this.#byId.has(deviceId))
      throw new P4RuntimeError(`there are two devices with id ${deviceId}`, Code.INVALID_ARGUMENT);
    this.#byId.set(deviceId, device);
  }

  /** @throws P4RuntimeError NOT_FOUND */
  get(id: bigint): Device {
    const device = this.#byId.get(id);
    if (device) return device;
    const known = [...this.#byId.keys()].join(', ') || 'none';
    throw new P4RuntimeError(`this server has no device ${id}; it has ${known}`, Code.NOT_FOUND);
  }

  all(): Iterable<Device> {
    return this.#byId.values();
  }
}
