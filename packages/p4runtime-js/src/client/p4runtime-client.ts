import { EventEmitter } from 'node:events';
import { type ElectionId, encodeElectionId } from '../arbitration/election-id.js';
import { decodePacketIn, packetOut, type ReceivedPacket } from '../entities/packets.js';
import { showEntity, showUpdate } from '../entities/show.js';
import { Code, toCode } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { methods } from '../grpc/methods.js';
import {
  type DigestList,
  type Entity,
  type ForwardingPipelineConfig,
  type google,
  type IdleTimeoutNotification,
  type Init,
  type PacketIn,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  GetForwardingPipelineConfigRequestResponseType as ResponseType,
  type StreamError,
  type StreamMessageResponse,
  type Update,
  WriteRequestAtomicity,
} from '../messages.js';
import { codeOf, Watch } from '../observe/watch.js';
import { P4InfoIndex } from '../p4info/p4info-index.js';
import type { ValueInput } from '../values/value.js';
import { type ArbitrationState, ClientArbitration } from './arbitration-state.js';
import { callError, failuresError, itemFailures, itemStatuses } from './call-error.js';
import { Heartbeat } from './heartbeat.js';
import { type ClientOptions, DEFAULTS, electionIdOf } from './options.js';
import { type OrderedWriteOptions, stagesOf } from './order.js';
import { StreamChannel } from './stream-channel.js';
import { explainConnect } from './tls.js';
import { Transport } from './transport.js';
import { type WriteContext, type WriteOptions, writeBatches } from './write.js';

export interface ClientEvents {
  /** This controller's standing changed. */
  arbitration: [state: ArbitrationState];
  /** A packet, with its metadata by name once the P4Info is known, and as it came. */
  packetIn: [packet: ReceivedPacket, message: PacketIn];
  digest: [list: DigestList];
  idleTimeout: [notification: IdleTimeoutNotification];
  /** A message of an architecture's own. */
  other: [message: google.protobuf.Any];
  /** The server refused something that was sent on the stream. */
  streamError: [error: P4RuntimeError, message: StreamError];
  /** The session is over, for this reason; never after `close()`. */
  disconnected: [error: P4RuntimeError];
}

/**
 * A controller's session with one device: a StreamChannel for its life, and calls beside it. It ends once, with the
 * stream; `sessions` makes the next one.
 *
 * Every method rejects with a P4RuntimeError and none waits longer than its deadline.
 */
export class P4RuntimeClient extends EventEmitter<ClientEvents> {
  readonly address: string;
  readonly deviceId: bigint;
  readonly role: string;
  readonly #options: ClientOptions;
  readonly #watch: Watch;
  readonly #transport: Transport;
  readonly #arbitration: ClientArbitration;
  readonly #stream: StreamChannel;
  readonly #heartbeat: Heartbeat;
  #index: P4InfoIndex | undefined;
  /** Resolves when the session is over: with the reason, or undefined after `close()`. */
  readonly ended: Promise<P4RuntimeError | undefined>;
  #resolveEnded!: (error: P4RuntimeError | undefined) => void;

  private constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.address = options.address;
    this.deviceId = BigInt(options.deviceId);
    this.role = options.role ?? '';
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#arbitration = new ClientArbitration(
      this.deviceId,
      this.role,
      electionIdOf(options),
      options.roleConfig,
    );
    this.#watch = new Watch(options.observer);
    this.#transport = new Transport(options, this.#watch);
    this.#heartbeat = new Heartbeat(
      (timeoutMs) => this.#transport.unary(methods.capabilities, {}, timeoutMs),
      options.heartbeat ?? DEFAULTS.heartbeat,
      ({ rawMessage, code }) => this.#end(new P4RuntimeError(`${this.address}: ${rawMessage}`, code)),
    );
    this.#stream = new StreamChannel(this.#transport.openStream(), options.address, this.#watch, {
      message: (message) => this.#receive(message),
      ended: (error) => this.#end(error),
    });
  }

  /**
   * Connects and takes part in arbitration. Resolves as primary or as backup: see `state`.
   * @throws P4RuntimeError UNAVAILABLE when nobody listens, DEADLINE_EXCEEDED when nobody answers, NOT_FOUND for an
   * unknown device, INVALID_ARGUMENT for an election id that another live controller has, or for keys and certificates
   * that are none
   */
  static async connect(options: ClientOptions): Promise<P4RuntimeClient> {
    const client = new P4RuntimeClient(options);
    await client.#standing(() => client.#stream.send({ arbitration: client.#arbitration.request() }));
    client.#heartbeat.start();
    client.#watch.session({ event: 'connected' });
    return client;
  }

  /** Primary, backup or ended. */
  get state(): ArbitrationState {
    return this.#arbitration.state;
  }

  get isPrimary(): boolean {
    return this.state.kind === 'primary';
  }

  get electionId(): ElectionId {
    return this.#arbitration.electionId;
  }

  /** The names of the program, once `setPipeline`, `getPipeline` or `useP4Info` brought them. */
  get index(): P4InfoIndex | undefined {
    return this.#index;
  }

  /** From here on errors and packets have names. @throws P4RuntimeError for a P4Info that contradicts itself */
  useP4Info(p4info: ConstructorParameters<typeof P4InfoIndex>[0]): P4InfoIndex {
    this.#index = new P4InfoIndex(p4info);
    return this.#index;
  }

  /**
   * Takes part in arbitration again with another election id: a higher one to become primary, a lower one or null to
   * step down.
   * @returns the new standing
   * @throws P4RuntimeError as `connect`
   */
  async arbitrate(electionId: bigint | number | null): Promise<ArbitrationState> {
    this.#arbitration.setElectionId(electionId === null ? undefined : BigInt(electionId));
    return this.#standing(() => this.#stream.send({ arbitration: this.#arbitration.request() }));
  }

  /**
   * Writes updates, in batches. The order inside a batch is the server's: put what depends on other updates in a later
   * call.
   * @throws P4RuntimeError whose `details` name each update that failed and why; the others were carried out
   */
  async write(updates: readonly Init<Update>[], options: WriteOptions = {}): Promise<void> {
    const atomicity = options.atomicity ?? WriteRequestAtomicity.CONTINUE_ON_ERROR;
    await writeBatches(updates, atomicity, this.#writeContext(options));
  }

  /**
   * Writes updates of any kinds in an order in which none needs what is not there yet, or is no more: members, multicast
   * groups and clone sessions, then groups, then table entries, then their direct counters and meters; deletes after
   * them the other way round, or before them with `deletes: 'first'`. What fails does not keep the rest from being sent.
   * @throws P4RuntimeError as `write`; INVALID_ARGUMENT, with nothing sent, when one entity is both deleted and written
   */
  async writeOrdered(updates: readonly Init<Update>[], options: OrderedWriteOptions = {}): Promise<void> {
    const stages = stagesOf(updates, options.deletes, (update) => showUpdate(this.#index, update));
    const { CONTINUE_ON_ERROR } = WriteRequestAtomicity;
    await writeBatches(updates, CONTINUE_ON_ERROR, this.#writeContext(options), stages);
  }

  /**
   * The entities that match any of the patterns, as they arrive.
   * @throws P4RuntimeError; what was found before it has been yielded
   */
  async *read(
    patterns: readonly Init<Entity>[],
    options: { readonly deadlineMs?: number } = {},
  ): AsyncGenerator<Entity> {
    const request = { deviceId: this.deviceId, role: this.role, entities: patterns };
    try {
      for await (const { entities } of this.#transport.serverStream(
        methods.read,
        request,
        this.#longDeadline(options),
      ))
        yield* entities;
    } catch (thrown) {
      const what = `Read from ${this.address}`;
      const positions = patterns.map((_, i) => i);
      const failures = itemFailures(itemStatuses(thrown), positions, (i) =>
        showEntity(this.#index, patterns[i]!),
      );
      throw failures.length > 0
        ? failuresError(what, patterns.length, failures, thrown)
        : callError(what, thrown);
    }
  }

  /** As `read`, all at once. */
  async readAll(
    patterns: readonly Init<Entity>[],
    options: { readonly deadlineMs?: number } = {},
  ): Promise<Entity[]> {
    const entities: Entity[] = [];
    for await (const entity of this.read(patterns, options)) entities.push(entity);
    return entities;
  }

  /**
   * Sends a pipeline; `config` for all actions but COMMIT. VERIFY_AND_COMMIT empties the tables.
   * @throws P4RuntimeError; UNIMPLEMENTED for an action that the target does not have
   */
  async setPipeline(
    config: Init<ForwardingPipelineConfig> | null,
    options: { readonly action?: PipelineAction; readonly deadlineMs?: number } = {},
  ): Promise<void> {
    const action = options.action ?? PipelineAction.VERIFY_AND_COMMIT;
    const index =
      config?.p4info && action !== PipelineAction.VERIFY ? new P4InfoIndex(config.p4info) : undefined;
    await this.#call('SetForwardingPipelineConfig', 'to', () =>
      this.#transport.unary(
        methods.setForwardingPipelineConfig,
        { ...this.#header(), action, config },
        this.#longDeadline(options),
      ),
    );
    this.#index = index ?? this.#index;
  }

  /** What the device runs, or as much of it as was asked for; null while it runs nothing. */
  async getPipeline(
    options: { readonly responseType?: ResponseType; readonly deadlineMs?: number } = {},
  ): Promise<ForwardingPipelineConfig | null> {
    const request = { deviceId: this.deviceId, responseType: options.responseType ?? ResponseType.ALL };
    const { config } = await this.#call('GetForwardingPipelineConfig', 'from', () =>
      this.#transport.unary(methods.getForwardingPipelineConfig, request, this.#longDeadline(options)),
    );
    if (config?.p4info) this.useP4Info(config.p4info);
    return config;
  }

  /** The API version that the server implements, e.g. `1.5.0`; `1.0.0` for a server from before Capabilities. */
  async apiVersion(): Promise<string> {
    try {
      const { p4runtimeApiVersion } = await this.#transport.unary(
        methods.capabilities,
        { deviceId: this.deviceId },
        this.#options.deadlineMs ?? DEFAULTS.deadlineMs,
      );
      return p4runtimeApiVersion;
    } catch (thrown) {
      const error = callError(`Capabilities of ${this.address}`, thrown);
      if (error.code === Code.UNIMPLEMENTED) return '1.0.0';
      throw error;
    }
  }

  /**
   * Sends a packet with metadata by name; needs the P4Info. Resolves when it is on its way: a refusal comes as a
   * `streamError`.
   * @throws P4RuntimeError for metadata that the program's `packet_out` does not have
   */
  async sendPacket(payload: Uint8Array, metadata: Readonly<Record<string, ValueInput>> = {}): Promise<void> {
    if (!this.#index)
      throw new P4RuntimeError(
        'the P4Info is not known yet; call setPipeline, getPipeline or useP4Info first',
        Code.FAILED_PRECONDITION,
      );
    await this.sendPacketOut(packetOut(this.#index, payload, metadata));
  }

  /** Sends a packet as it is. */
  async sendPacketOut(packet: Init<PacketOut>): Promise<void> {
    await this.#stream.send({ packet });
  }

  /** Acknowledges a digest list. */
  async ackDigest({ digestId, listId }: Pick<DigestList, 'digestId' | 'listId'>): Promise<void> {
    await this.#stream.send({ digestAck: { digestId, listId } });
  }

  /** Sends a message of an architecture's own. */
  async sendOther(other: Init<google.protobuf.Any>): Promise<void> {
    await this.#stream.send({ other });
  }

  /** Ends the session. Calls that are under way fail with UNAVAILABLE. */
  close(): void {
    this.#stream.close();
  }

  #writeContext(options: Pick<WriteOptions, 'batchSize' | 'deadlineMs'>): WriteContext {
    const deadlineMs = options.deadlineMs ?? this.#options.deadlineMs ?? DEFAULTS.deadlineMs;
    return {
      what: `Write to ${this.address}`,
      header: this.#header(),
      batchSize: options.batchSize ?? this.#options.batchSize ?? DEFAULTS.batchSize,
      watch: this.#watch,
      send: (request) => this.#transport.unary(methods.write, request, deadlineMs),
      show: (update) => showUpdate(this.#index, update),
    };
  }

  #header() {
    return { deviceId: this.deviceId, role: this.role, electionId: encodeElectionId(this.electionId) };
  }

  #longDeadline(options: { readonly deadlineMs?: number }): number {
    return options.deadlineMs ?? this.#options.longDeadlineMs ?? DEFAULTS.longDeadlineMs;
  }

  async #call<T>(name: string, preposition: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      throw callError(`${name} ${preposition} ${this.address}`, thrown);
    }
  }

  /** Sends something that the server answers with an arbitration message, and waits for that. */
  async #standing(send: () => Promise<void>): Promise<ArbitrationState> {
    const deadlineMs = this.#options.deadlineMs ?? DEFAULTS.deadlineMs;
    const answered = new Promise<ArbitrationState>((resolve) => this.once('arbitration', resolve));
    const timer = setTimeout(() => {
      this.#end(
        new P4RuntimeError(`${this.address} did not answer within ${deadlineMs} ms`, Code.DEADLINE_EXCEEDED),
      );
    }, deadlineMs);
    try {
      // An error of the stream also ends it, which `answered` tells.
      send().catch(() => {});
      const state = await answered;
      if (state.kind === 'ended')
        throw state.error ?? new P4RuntimeError('the session was closed', Code.CANCELLED);
      return state;
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: StreamMessageResponse): void {
    switch (message.update) {
      case 'arbitration':
        try {
          const state = this.#arbitration.receive(message.arbitration!);
          if (state) this.emit('arbitration', state);
        } catch (thrown) {
          this.#end(P4RuntimeError.from(thrown));
        }
        break;
      case 'packet':
        this.emit('packetIn', decodePacketIn(this.#index, message.packet!), message.packet!);
        break;
      case 'digest':
        this.emit('digest', message.digest!);
        break;
      case 'idleTimeoutNotification':
        this.emit('idleTimeout', message.idleTimeoutNotification!);
        break;
      case 'error': {
        const error = message.error!;
        this.emit(
          'streamError',
          new P4RuntimeError(
            `${this.address} refused a ${error.details ?? 'message'}: ${error.message}`,
            toCode(error.canonicalCode),
          ),
          error,
        );
        break;
      }
      case 'other':
        this.emit('other', message.other!);
        break;
      default:
      // A message from after 1.5, which has no meaning here.
    }
  }

  #end(reason: P4RuntimeError | undefined): void {
    if (this.state.kind === 'ended') return;
    const waiting = this.state.kind === 'waiting';
    const error = waiting && reason ? explainConnect(reason, this.#options.tls) : reason;
    const state = this.#arbitration.end(error);
    this.#heartbeat.stop();
    this.#transport.end(error ?? new P4RuntimeError('it was closed', Code.CANCELLED));
    this.#stream.close();
    this.emit('arbitration', state);
    this.#resolveEnded(error);
    // Before the first answer, `connect` tells the error.
    if (waiting) return;
    this.#watch.session({ event: 'ended', code: codeOf(error) });
    if (error) this.emit('disconnected', error);
  }
}
