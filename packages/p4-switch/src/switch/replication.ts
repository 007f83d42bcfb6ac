import { P4SwitchError } from '../errors.js';
import type { CloneSession, Replica, ReplicationControl } from './control-plane.js';

/** BMv2's RegisterAccess::MAX_MIRROR_SESSION_ID. */
const MAX_SESSION = 0x7fff;
const MAX_GROUP = 0xffff;

/** Packet replication engine: multicast groups and clone sessions, by number. */
export class ReplicationEngine implements ReplicationControl {
  private readonly groupsById = new Map<number, readonly Replica[]>();
  private readonly sessionsById = new Map<number, CloneSession>();

  group(id: number): readonly Replica[] | undefined {
    return this.groupsById.get(id);
  }

  session(id: number): CloneSession | undefined {
    return this.sessionsById.get(id);
  }

  addGroup(id: number, replicas: readonly Replica[]): void {
    if (this.groupsById.has(id)) throw exists('multicast group', id);
    checkNumber('multicast group', id, 1, MAX_GROUP);
    this.groupsById.set(id, checkReplicas(replicas));
  }

  modifyGroup(id: number, replicas: readonly Replica[]): void {
    if (!this.groupsById.has(id)) throw missing('multicast group', id);
    this.groupsById.set(id, checkReplicas(replicas));
  }

  removeGroup(id: number): void {
    if (!this.groupsById.delete(id)) throw missing('multicast group', id);
  }

  *groups(): IterableIterator<{ id: number; replicas: readonly Replica[] }> {
    for (const [id, replicas] of this.groupsById) yield { id, replicas };
  }

  addSession(id: number, session: CloneSession): void {
    if (this.sessionsById.has(id)) throw exists('clone session', id);
    checkNumber('clone session', id, 0, MAX_SESSION);
    this.sessionsById.set(id, checkSession(session));
  }

  modifySession(id: number, session: CloneSession): void {
    if (!this.sessionsById.has(id)) throw missing('clone session', id);
    this.sessionsById.set(id, checkSession(session));
  }

  removeSession(id: number): void {
    if (!this.sessionsById.delete(id)) throw missing('clone session', id);
  }

  *sessions(): IterableIterator<{ id: number } & CloneSession> {
    for (const [id, session] of this.sessionsById) yield { id, ...session };
  }
}

function checkSession(session: CloneSession): CloneSession {
  if (!Number.isInteger(session.truncate) || session.truncate < 0) {
    throw new P4SwitchError(
      'BAD_ARGUMENT',
      `a clone is truncated to 0 or more bytes, not ${session.truncate}`,
    );
  }
  return { replicas: checkReplicas(session.replicas), truncate: session.truncate };
}

/** P4Runtime 1.5, section 9.5.1: no two replicas with the same port and instance. */
function checkReplicas(replicas: readonly Replica[]): readonly Replica[] {
  const seen = new Set<string>();
  for (const { port, instance } of replicas) {
    if (
      !Number.isInteger(port) ||
      port < 0 ||
      !Number.isInteger(instance) ||
      instance < 0 ||
      instance > 0xffff
    ) {
      throw new P4SwitchError('BAD_ARGUMENT', `no replica can have port ${port} and instance ${instance}`);
    }
    const id = `${port}/${instance}`;
    if (seen.has(id)) {
      throw new P4SwitchError('BAD_ARGUMENT', `two replicas have port ${port} and instance ${instance}`);
    }
    seen.add(id);
  }
  return replicas.map(({ port, instance }) => ({ port, instance }));
}

function checkNumber(kind: string, id: number, min: number, max: number): void {
  if (!Number.isInteger(id) || id < min || id > max) {
    throw new P4SwitchError('BAD_ARGUMENT', `${kind} numbers run from ${min} to ${max}, found ${id}`);
  }
}

function exists(kind: string, id: number): P4SwitchError {
  return new P4SwitchError('ALREADY_EXISTS', `there is a ${kind} ${id} already`);
}

function missing(kind: string, id: number): P4SwitchError {
  return new P4SwitchError('NOT_FOUND', `there is no ${kind} ${id}`);
}
