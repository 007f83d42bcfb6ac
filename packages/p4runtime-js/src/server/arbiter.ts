// Who may write: one device's arbitration as a pure state machine (specification, "Rules for Handling
// MasterArbitrationUpdate Messages Received from Controllers"). Streams are opaque here.
import {
  decodeElectionId,
  type ElectionId,
  encodeElectionId,
  showElectionId,
} from '../arbitration/election-id.js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { MasterArbitrationUpdate } from '../messages.js';
import type { Caller } from './device-handler.js';

/** Tells one stream who is primary. */
export interface Notification<Stream> {
  readonly stream: Stream;
  readonly message: MasterArbitrationUpdate;
  /** To be sent only when the Writes that are under way have ended. */
  readonly afterWrites: boolean;
}

interface Role<Stream> {
  readonly name: string;
  config: Caller['roleConfig'];
  /** The highest id ever seen, also of streams that left; undefined until a stream had one. */
  highest: ElectionId;
  readonly streams: Map<Stream, ElectionId>;
}

export class Arbiter<Stream> {
  readonly #deviceId: bigint;
  readonly #maxStreams: number;
  readonly #roles = new Map<string, Role<Stream>>();
  readonly #roleOf = new Map<Stream, Role<Stream>>();

  /** @param maxStreams how many streams a role may have */
  constructor(deviceId: bigint, maxStreams: number) {
    this.#deviceId = deviceId;
    this.#maxStreams = maxStreams;
    // The default role is always there, so that a Write in it before any arbitration is PERMISSION_DENIED.
    this.#role('');
  }

  /**
   * A stream says who it is.
   * @returns whom to tell; nothing changes when it throws
   * @throws P4RuntimeError with which the stream ends
   */
  update(stream: Stream, message: MasterArbitrationUpdate): Notification<Stream>[] {
    const name = roleName(message.role?.name, message.role?.id);
    const electionId = decodeElectionId(message.electionId);
    const current = this.#roleOf.get(stream);
    this.#checkStream(message, name, current);
    const role = current ?? this.#role(name);
    for (const [other, id] of role.streams) {
      if (other === stream || id === undefined || id !== electionId) continue;
      throw new P4RuntimeError(
        `election id ${id} is already used by another live controller of device ${this.#deviceId}${inRole(name)}; use one of your own`,
        Code.INVALID_ARGUMENT,
      );
    }
    if (!current && role.streams.size >= this.#maxStreams) {
      throw new P4RuntimeError(
        `device ${this.#deviceId}${inRole(name)} has ${role.streams.size} controllers already, which is the limit`,
        Code.RESOURCE_EXHAUSTED,
      );
    }
    const before = this.#primaryOf(role);
    role.streams.set(stream, electionId);
    this.#roleOf.set(stream, role);
    if (electionId !== undefined && (role.highest === undefined || electionId >= role.highest)) {
      role.highest = electionId;
      role.config = message.role?.config ?? null;
      return this.#notifyAll(role, before !== undefined);
    }
    // A backup is told alone, unless it was the primary until now.
    return before === stream ? this.#notifyAll(role, false) : [this.#notification(role, stream, false)];
  }

  /** A stream ended. @returns whom to tell: the other streams of its role, if it was the primary */
  leave(stream: Stream): Notification<Stream>[] {
    const role = this.#roleOf.get(stream);
    if (!role) return [];
    const wasPrimary = this.#primaryOf(role) === stream;
    role.streams.delete(stream);
    this.#roleOf.delete(stream);
    return wasPrimary ? this.#notifyAll(role, false) : [];
  }

  /**
   * Checks who a Write or SetForwardingPipelineConfig comes from.
   * @throws P4RuntimeError NOT_FOUND for a role that no controller ever had, PERMISSION_DENIED for anybody but its
   * primary
   */
  checkPrimary(roleNameGiven: string, electionId: ElectionId): Caller {
    const role = this.#roles.get(roleNameGiven);
    if (!role) {
      const known = [...this.#roles.keys()].map((name) => JSON.stringify(name)).join(', ');
      throw new P4RuntimeError(
        `device ${this.#deviceId} has no role ${JSON.stringify(roleNameGiven)}; controllers have taken ${known}`,
        Code.NOT_FOUND,
      );
    }
    const primary = this.#primaryOf(role);
    if (primary === undefined || electionId === undefined || electionId !== role.highest) {
      const found = `the request has election id ${showElectionId(electionId)}`;
      const now = primary === undefined ? noPrimary(role) : `the primary has ${showElectionId(role.highest)}`;
      throw new P4RuntimeError(
        `only the primary controller${inRole(role.name)} may do this: ${found}, ${now}`,
        Code.PERMISSION_DENIED,
      );
    }
    return { role: role.name, roleConfig: role.config };
  }

  /** The role that a stream said it has, and whether it is its primary; undefined before its first message. */
  callerOf(stream: Stream): { caller: Caller; isPrimary: boolean } | undefined {
    const role = this.#roleOf.get(stream);
    if (!role) return undefined;
    return {
      caller: { role: role.name, roleConfig: role.config },
      isPrimary: this.#primaryOf(role) === stream,
    };
  }

  /** Each role's primary, where there is one. */
  *primaries(): Generator<{ stream: Stream; caller: Caller }> {
    for (const role of this.#roles.values()) {
      const stream = this.#primaryOf(role);
      if (stream !== undefined) yield { stream, caller: { role: role.name, roleConfig: role.config } };
    }
  }

  #checkStream(message: MasterArbitrationUpdate, name: string, current: Role<Stream> | undefined): void {
    if (message.deviceId !== this.#deviceId) {
      throw new P4RuntimeError(
        `this stream belongs to device ${this.#deviceId}; open another one for device ${message.deviceId}`,
        Code.FAILED_PRECONDITION,
      );
    }
    if (current && current.name !== name) {
      throw new P4RuntimeError(
        `this stream has the role ${JSON.stringify(current.name)}; open another one for the role ${JSON.stringify(name)}`,
        Code.FAILED_PRECONDITION,
      );
    }
  }

  #role(name: string): Role<Stream> {
    let role = this.#roles.get(name);
    if (!role) {
      role = { name, config: null, highest: undefined, streams: new Map() };
      this.#roles.set(name, role);
    }
    return role;
  }

  #primaryOf(role: Role<Stream>): Stream | undefined {
    if (role.highest === undefined) return undefined;
    for (const [stream, id] of role.streams) if (id === role.highest) return stream;
    return undefined;
  }

  #notifyAll(role: Role<Stream>, hadPrimary: boolean): Notification<Stream>[] {
    const primary = this.#primaryOf(role);
    // Those who lost are told first (step order of the specification), the new primary when nothing is under way.
    return [...role.streams.keys()]
      .sort((a, b) => Number(a === primary) - Number(b === primary))
      .map((stream) => this.#notification(role, stream, stream === primary && hadPrimary));
  }

  #notification(role: Role<Stream>, stream: Stream, afterWrites: boolean): Notification<Stream> {
    const primary = this.#primaryOf(role);
    let status = {
      code: Code.NOT_FOUND as number,
      message: `there is no primary${inRole(role.name)}: ${noPrimary(role)}`,
    };
    if (primary === stream) status = { code: Code.OK, message: 'you are the primary' };
    else if (primary !== undefined)
      status = {
        code: Code.ALREADY_EXISTS,
        message: `you are a backup; the primary has election id ${role.highest}`,
      };
    const message = MasterArbitrationUpdate.from({
      deviceId: this.#deviceId,
      role: role.name || role.config ? { name: role.name, config: role.config } : null,
      electionId: encodeElectionId(role.highest),
      status,
    });
    return { stream, message, afterWrites };
  }
}

/** `role`, or the deprecated numeric id as `#7`. */
export const roleName = (name: string | undefined, id: bigint | undefined): string =>
  name || (id ? `#${id}` : '');

const inRole = (name: string): string => (name ? ` in role ${JSON.stringify(name)}` : '');

function noPrimary(role: { highest: ElectionId }): string {
  if (role.highest === undefined) return 'no controller has become primary yet';
  return `the primary has left, and the next needs an election id of at least ${role.highest}`;
}
