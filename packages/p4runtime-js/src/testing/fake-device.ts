import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import {
  type DigestListAck,
  type Entity,
  ForwardingPipelineConfig,
  type Init,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  type Update,
  UpdateType,
} from '../messages.js';
import type { DeviceEvents, DeviceHandler, WriteTransaction } from '../server/device-handler.js';
import { EntityStore } from './entity-store.js';

/** A step that a test puts in front of an operation: it may throw, or wait. */
type Hook<T> = (subject: T) => void | Promise<void>;

export interface FakeDeviceOptions {
  readonly deviceId?: bigint;
  /** Runs from the start, as if a controller had pushed it. */
  readonly pipeline?: Init<ForwardingPipelineConfig>;
  /** Pipeline actions that the target does not have. */
  readonly unimplemented?: readonly PipelineAction[];
}

/**
 * A device with no data plane: it keeps what is written, gives it back, records packets and acknowledgements, and fails
 * on demand. For tests of controllers.
 */
export class FakeDevice implements DeviceHandler {
  readonly deviceId: bigint;
  readonly store = new EntityStore();
  /** What was carried out for controllers, in order. */
  readonly updates: Update[] = [];
  readonly packetsOut: PacketOut[] = [];
  readonly digestAcks: DigestListAck[] = [];
  readonly pipelineActions: PipelineAction[] = [];
  /** Set to make updates, reads, pipelines or packets fail or wait. */
  beforeWrite: Hook<Update> | undefined;
  beforeRead: Hook<Entity> | undefined;
  beforePipeline: Hook<PipelineAction> | undefined;
  beforePacketOut: Hook<PacketOut> | undefined;
  pipeline: ForwardingPipelineConfig | null;
  #saved: ForwardingPipelineConfig | undefined;
  readonly #unimplemented: readonly PipelineAction[];
  #events: DeviceEvents | undefined;

  constructor(options: FakeDeviceOptions = {}) {
    this.deviceId = options.deviceId ?? 1n;
    this.pipeline = options.pipeline ? ForwardingPipelineConfig.from(options.pipeline) : null;
    this.#unimplemented = options.unimplemented ?? [];
  }

  connect(events: DeviceEvents): void {
    this.#events = events;
  }

  /** For sending what a data plane would: packets, digests, idle timeouts. */
  get events(): DeviceEvents {
    if (!this.#events) throw new Error('the device is not part of a server yet');
    return this.#events;
  }

  async setPipeline(action: PipelineAction, config: ForwardingPipelineConfig | null): Promise<void> {
    if (this.#unimplemented.includes(action))
      throw new P4RuntimeError('this target does not have that action', Code.UNIMPLEMENTED);
    await this.beforePipeline?.(action);
    if (action === PipelineAction.COMMIT && !this.#saved) {
      throw new P4RuntimeError('no config was saved; use VERIFY_AND_SAVE first', Code.NOT_FOUND);
    }
    this.pipelineActions.push(action);
    if (action === PipelineAction.VERIFY) return;
    if (action === PipelineAction.VERIFY_AND_SAVE) this.#saved = config!;
    if (action === PipelineAction.VERIFY_AND_COMMIT) this.store.clear();
    this.pipeline = config ?? this.#saved ?? null;
  }

  write(update: Update): void | Promise<void> {
    const pending = this.beforeWrite?.(update);
    return pending ? pending.then(() => this.#apply(update)) : this.#apply(update);
  }

  /** Both modes, by putting back what was there. */
  begin(): WriteTransaction {
    const before = this.store.all();
    return {
      write: (update) => this.write(update),
      commit: () => {},
      rollback: () => {
        this.store.clear();
        for (const entity of before) this.store.put(entity);
      },
    };
  }

  async *read(pattern: Entity): AsyncGenerator<Entity> {
    await this.beforeRead?.(pattern);
    yield* this.store.match(pattern);
  }

  async packetOut(packet: PacketOut): Promise<void> {
    await this.beforePacketOut?.(packet);
    this.packetsOut.push(packet);
  }

  digestAck(ack: DigestListAck): void {
    this.digestAcks.push(ack);
  }

  #apply(update: Update): void {
    const { type, entity } = update;
    if (type === UpdateType.INSERT) this.store.insert(entity!);
    else if (type === UpdateType.MODIFY) this.store.modify(entity!);
    else this.store.delete(entity!);
    this.updates.push(update);
  }
}
