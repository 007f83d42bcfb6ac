import type {
  DigestList,
  DigestListAck,
  Entity,
  ForwardingPipelineConfig,
  IdleTimeoutNotification,
  Init,
  PacketIn,
  PacketOut,
  SetForwardingPipelineConfigRequestAction,
  Update,
  WriteRequestAtomicity,
} from '../messages.js';

/** On whose behalf a request is made. */
export interface Caller {
  /** Empty for the default role, which may do everything. */
  readonly role: string;
  /** The `role.config` that the role's primary sent last. */
  readonly roleConfig: { readonly typeUrl: string; readonly value: Uint8Array } | null;
}

/**
 * One P4 device behind a `P4RuntimeServer`. The server does gRPC, arbitration, the order of the checks, batches, the
 * packing of errors and the streams; the handler does the pipeline and the entities.
 *
 * What a handler may rely on:
 * - `write` and `setPipeline` come only from the role's primary, and `write` and `read` only when `pipeline` is not
 *   null.
 * - A Write, a SetForwardingPipelineConfig and a Read never overlap, even when methods are asynchronous (specification,
 *   "Parallelism of Read and Write Requests"). Reads may overlap each other.
 * - Messages are decoded from the wire and nothing more: every id, byte string and enum in them may be anything.
 *
 * How a handler fails: it throws a `P4RuntimeError` whose code and text go to the controller. Anything else that it
 * throws is reported as INTERNAL.
 */
export interface DeviceHandler {
  /** Not zero; unique in the server. */
  readonly deviceId: bigint;

  /**
   * What GetForwardingPipelineConfig answers: the config that reads and writes refer to, with the cookie that came with
   * it; null until there is one.
   */
  readonly pipeline: ForwardingPipelineConfig | null;

  /**
   * Called once when the device is added to a server, before any other method.
   * @param events where the device sends what controllers are told unasked
   */
  connect(events: DeviceEvents): void;

  /**
   * VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, COMMIT or RECONCILE_AND_COMMIT. The server has checked that `config` is
   * null exactly for COMMIT and that the action is one of these.
   * @throws P4RuntimeError INVALID_ARGUMENT (the target cannot realise it), NOT_FOUND (COMMIT with nothing saved),
   * UNIMPLEMENTED (an action that the target does not have)
   */
  setPipeline(
    action: SetForwardingPipelineConfigRequestAction,
    config: ForwardingPipelineConfig | null,
    caller: Caller,
  ): void | Promise<void>;

  /**
   * Carries out one update of a CONTINUE_ON_ERROR batch. The server has checked that the type is INSERT, MODIFY or
   * DELETE and that an entity is set.
   * @throws P4RuntimeError for this update; the others of the batch go on
   */
  write(update: Update, caller: Caller): void | Promise<void>;

  /**
   * Opens an all-or-nothing batch. A handler without it, or one that cannot do this mode, answers UNIMPLEMENTED.
   */
  begin?(atomicity: WriteRequestAtomicity, caller: Caller): WriteTransaction | Promise<WriteTransaction>;

  /**
   * The entities that match a pattern. The server has checked that an entity is set. It collects the result before
   * another write may begin, so a generator over live state is fine.
   * @throws P4RuntimeError for this pattern; the others of the request go on
   */
  read(pattern: Entity, caller: Caller): Iterable<Init<Entity>> | AsyncIterable<Init<Entity>>;

  /**
   * A packet that a primary sends.
   * @throws P4RuntimeError INVALID_ARGUMENT when the metadata does not match the P4Info; the controller gets a
   * StreamError that holds the packet
   */
  packetOut(packet: PacketOut, caller: Caller): void | Promise<void>;

  /** @throws P4RuntimeError INVALID_ARGUMENT for a digest that the P4Info does not have */
  digestAck(ack: DigestListAck, caller: Caller): void;

  /**
   * Whether a role's primary gets such messages. Without it, every role's does.
   */
  receives?(kind: DeviceEventKind, caller: Caller): boolean;

  /** Checks a role's config. @throws P4RuntimeError, for which the stream ends with INVALID_ARGUMENT */
  checkRole?(caller: Caller): void;
}

/**
 * An all-or-nothing batch (specification, "Batch Atomicity"). Exactly one of `commit` and `rollback` ends it. With
 * synchronous methods, all of a batch is done in one turn of the event loop.
 */
export interface WriteTransaction {
  /** @throws P4RuntimeError for this update; the server then calls `rollback` */
  write(update: Update): void | Promise<void>;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
}

export type DeviceEventKind = 'packet' | 'digest' | 'idleTimeoutNotification';

/** The device's voice: each call sends to the primary of every role that receives such messages. */
export interface DeviceEvents {
  /** @returns to how many controllers it was sent; 0 where there is no primary or its stream is full */
  packetIn(packet: Init<PacketIn>): number;
  /** @returns as `packetIn`; a list that reached nobody was not delivered and will not be acknowledged */
  digest(list: Init<DigestList>): number;
  /** @returns as `packetIn` */
  idleTimeout(notification: Init<IdleTimeoutNotification>): number;
}
