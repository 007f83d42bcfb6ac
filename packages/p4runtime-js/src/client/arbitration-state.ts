// What a controller knows of its standing, as a pure state machine: arbitration messages in, states out.
import {
  decodeElectionId,
  type ElectionId,
  encodeElectionId,
  showElectionId,
} from '../arbitration/election-id.js';
import { Code, codeName, toCode } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { MasterArbitrationUpdate } from '../messages.js';

/**
 * - `waiting`: the server has not answered yet
 * - `primary`: it may write
 * - `backup`: another is primary (`hasPrimary`), or nobody is: the primary left, and the next needs an election id of
 *   at least `highest`
 * - `ended`: the stream is gone, for `error` or because it was closed
 */
export type ArbitrationState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'primary' }
  | { readonly kind: 'backup'; readonly hasPrimary: boolean; readonly highest: ElectionId }
  | { readonly kind: 'ended'; readonly error: P4RuntimeError | undefined };

/** What a role may do, in the terms of the server's own message. */
export interface RoleConfig {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export class ClientArbitration {
  readonly deviceId: bigint;
  readonly role: string;
  readonly #roleConfig: RoleConfig | undefined;
  #electionId: ElectionId;
  #state: ArbitrationState = { kind: 'waiting' };
  /** Whether the server's word on the id that was sent last is still to come. */
  #asking = true;

  /** @throws RangeError for an election id of more than 128 bits */
  constructor(deviceId: bigint, role: string, electionId: ElectionId, roleConfig?: RoleConfig) {
    this.#roleConfig = roleConfig;
    this.deviceId = deviceId;
    this.role = role;
    this.#electionId = electionId;
    encodeElectionId(electionId);
  }

  get state(): ArbitrationState {
    return this.#state;
  }

  get electionId(): ElectionId {
    return this.#electionId;
  }

  /**
   * From the next request on; undefined steps down for good.
   * @throws RangeError for an election id of more than 128 bits
   */
  setElectionId(electionId: ElectionId): void {
    encodeElectionId(electionId);
    this.#electionId = electionId;
    this.#asking = true;
  }

  /** What to send first, and again for another election id. */
  request(): MasterArbitrationUpdate {
    return MasterArbitrationUpdate.from({
      deviceId: this.deviceId,
      role: this.role || this.#roleConfig ? { name: this.role, config: this.#roleConfig } : null,
      electionId: encodeElectionId(this.#electionId),
    });
  }

  /**
   * The server's word. Messages have no number to tell which request they answer, but what was sent before the server saw
   * the newest election id shows it: with that id the standing would be another.
   * @returns undefined for such a message, which changes nothing: the answer is still on its way
   * @throws P4RuntimeError INTERNAL when it contradicts the protocol: the session is then of no use
   */
  receive(message: MasterArbitrationUpdate): ArbitrationState | undefined {
    if (this.#state.kind === 'ended') return this.#state;
    const highest = decodeElectionId(message.electionId);
    const code = toCode(message.status?.code ?? Code.OK);
    if (message.deviceId !== this.deviceId) {
      throw contradiction(
        `it names device ${message.deviceId}, but this stream is for device ${this.deviceId}`,
      );
    }
    if (this.#isStale(code, highest)) return undefined;
    this.#asking = false;
    if (code === Code.OK) {
      if (this.#electionId === undefined)
        throw contradiction('it makes a controller primary that has no election id');
      if (highest !== undefined && highest > this.#electionId) {
        throw contradiction(
          `it makes this controller primary with election id ${showElectionId(highest)}, which is not its own`,
        );
      }
      this.#state = { kind: 'primary' };
    } else if (code === Code.ALREADY_EXISTS || code === Code.NOT_FOUND) {
      this.#state = { kind: 'backup', hasPrimary: code === Code.ALREADY_EXISTS, highest };
    } else {
      throw contradiction(`its status is ${codeName(code)}: ${message.status?.message || 'no text'}`);
    }
    return this.#state;
  }

  /** Never the first message of a session: nothing can be on its way before it. */
  #isStale(code: number, highest: ElectionId): boolean {
    if (!this.#asking || this.#state.kind === 'waiting') return false;
    const own = this.#electionId;
    // A primary is told its own id.
    if (code === Code.OK) return own === undefined || (highest !== undefined && highest !== own);
    // The server has not seen an id yet that is higher than its primary's, or as high as the highest that it saw.
    if (own === undefined || highest === undefined) return false;
    return code === Code.ALREADY_EXISTS ? own > highest : code === Code.NOT_FOUND && own >= highest;
  }

  /** The stream is gone; nothing changes that any more. */
  end(error: P4RuntimeError | undefined): ArbitrationState {
    if (this.#state.kind !== 'ended') this.#state = { kind: 'ended', error };
    return this.#state;
  }
}

/** One line for logs: `primary`, `backup of 17`, ... */
export function showArbitration(state: ArbitrationState): string {
  if (state.kind !== 'backup') return state.kind;
  if (state.hasPrimary) return `backup; the primary has election id ${showElectionId(state.highest)}`;
  return state.highest === undefined
    ? 'backup; nobody has been primary yet'
    : `backup; the primary left, and the next needs an election id of at least ${state.highest}`;
}

function contradiction(problem: string): P4RuntimeError {
  return new P4RuntimeError(`the server's arbitration message makes no sense: ${problem}`, Code.INTERNAL);
}
