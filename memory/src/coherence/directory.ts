/**
 * One entry of the coherence directory, and what each message does to it: docs/coherence.md, "The directory", in code. The P4 program
 * holds the same fields in registers and does the same (a property test drives both); with `coherence: home` the memory server runs this.
 *
 * Pure: no I/O, no clock. 64-bit sets of clients are two halves, `Lo` for indices 0 to 31: a BigInt a message would cost more than all the rest.
 */

/** Index of the controller, whose GETM is a recall. It has no bit in any set. */
export const CONTROLLER_INDEX = 255;
/** Clients that one directory can tell apart. */
export const MAX_SHARERS = 64;

export interface Entry {
  /** GETS and GETM seen (u32, wraps). */
  number: number;
  /** Of the GETM that blocks the entry; 0: free. */
  lockTag: number;
  /** When the lock may be taken from its holder (u32 of about a millisecond, wraps). */
  lockExpiry: number;
  /** Clients that may have copies. */
  sharersLo: number;
  sharersHi: number;
  /** Index + 1 of the only holder, which may write; 0: none. */
  owner: number;
  /** Clients that have been probed and whose answer has not been seen. */
  pendingLo: number;
  pendingHi: number;
  /** Number of the last request that had anybody to probe: answers to older probes do not count. */
  since: number;
  subscribersLo: number;
  subscribersHi: number;
  /** GETM that were unblocked (u32, wraps). */
  changes: number;
  /** Heat (u32 each, wrap): GETS and GETM let through; probes sent. */
  accesses: number;
  probes: number;
}

/** Who a message is from: its client index, and the bit of it in a set (both halves 0 for the controller). */
export interface Sender {
  index: number;
  bitLo: number;
  bitHi: number;
}

/** Where a GETS or GETM goes. */
export type Route =
  /** Blocked: NACK. */
  | { readonly to: 'busy' }
  | { readonly to: 'home'; readonly number: number }
  /** To these clients, and at the same time to the home if `home` is set. `keep`: they may keep their copies as shared. */
  | {
      readonly to: 'probe';
      readonly number: number;
      readonly lo: number;
      readonly hi: number;
      readonly home: boolean;
      readonly keep: boolean;
    }
  /** A recall with nobody left to probe. */
  | { readonly to: 'recalled'; readonly number: number };

/** What the switch tells a requester with an answer that it passes on. */
export interface Progress {
  /** Nobody is pending. */
  readonly clear: boolean;
  /** And the lock is the requester's: its GETM is done. */
  readonly granted: boolean;
}

export function newEntry(): Entry {
  return {
    number: 0,
    lockTag: 0,
    lockExpiry: 0,
    sharersLo: 0,
    sharersHi: 0,
    owner: 0,
    pendingLo: 0,
    pendingHi: 0,
    since: 0,
    subscribersLo: 0,
    subscribersHi: 0,
    changes: 0,
    accesses: 0,
    probes: 0,
  };
}

/** @param index 0 to 63, or CONTROLLER_INDEX */
export function senderOf(index: number): Sender {
  if (index === CONTROLLER_INDEX) return { index, bitLo: 0, bitHi: 0 };
  return index < 32
    ? { index, bitLo: (1 << index) >>> 0, bitHi: 0 }
    : { index, bitLo: 0, bitHi: (1 << (index - 32)) >>> 0 };
}

/** The lock's tag for a request: never 0, because clients skip tags whose low 24 bits are 0. */
export function lockTagOf(index: number, tag: number): number {
  return ((index << 24) | (tag & 0xff_ffff)) >>> 0;
}

/** RFC 1982: whether `a` is `b` or comes after it, for numbers of 32 bits that wrap. */
export function isFrom(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

/** A client wants to read. @param now of about a millisecond, u32 */
export function getShared(entry: Entry, sender: Sender, tag: number, now: number): Route {
  const number = count(entry);
  if (!mayPass(entry, lockTagOf(sender.index, tag), now)) return { to: 'busy' };
  const isOthers = entry.owner !== 0 && entry.owner !== sender.index + 1;
  const addLo = isOthers ? andNot(entry.sharersLo, sender.bitLo) : 0;
  const addHi = isOthers ? andNot(entry.sharersHi, sender.bitHi) : 0;
  entry.sharersLo = or(entry.sharersLo, sender.bitLo);
  entry.sharersHi = or(entry.sharersHi, sender.bitHi);
  if (isOthers) entry.owner = 0;
  const wasClear = isClear(entry);
  demand(entry, addLo, addHi, number);
  entry.accesses = next(entry.accesses);
  if (isClear(entry)) return { to: 'home', number };
  // Left over from a request that did not end: some of those who are pending are no sharers any more, and must not keep anything.
  return probe(entry, number, false, wasClear);
}

/** A client wants to write, or the controller wants all copies back. @param lease of the lock, same unit as `now` */
export function getModified(entry: Entry, sender: Sender, tag: number, now: number, lease: number): Route {
  const number = count(entry);
  const mine = lockTagOf(sender.index, tag);
  if (!mayPass(entry, mine, now)) return { to: 'busy' };
  entry.lockTag = mine;
  entry.lockExpiry = (now + lease) >>> 0;
  const addLo = andNot(entry.sharersLo, sender.bitLo);
  const addHi = andNot(entry.sharersHi, sender.bitHi);
  const hadOwner = entry.owner !== 0;
  entry.sharersLo = sender.bitLo;
  entry.sharersHi = sender.bitHi;
  entry.owner = (sender.index + 1) & 0xff; // none for the controller
  const wasClear = isClear(entry);
  demand(entry, addLo, addHi, number);
  entry.accesses = next(entry.accesses);
  const isRecall = sender.index === CONTROLLER_INDEX;
  if (isClear(entry)) return isRecall ? { to: 'recalled', number } : { to: 'home', number };
  // Sharers only, and nobody left over: the home is up to date and can be asked meanwhile.
  return probe(entry, number, !isRecall && !hadOwner && wasClear, false);
}

/**
 * A probed client has answered: itself, or through the home to which it wrote back.
 * @param generationFits whether the message is about this entry, not about a former one in the same slot
 * @param requester whose request the answer belongs to
 */
export function answered(
  entry: Entry,
  from: Sender,
  number: number,
  generationFits: boolean,
  requester: { index: number; tag: number },
): Progress {
  if (generationFits && isFrom(number, entry.since)) {
    entry.pendingLo = andNot(entry.pendingLo, from.bitLo);
    entry.pendingHi = andNot(entry.pendingHi, from.bitHi);
  }
  return progress(entry, generationFits, requester);
}

/** What a REPLY that answers no probe tells its requester. */
export function progress(
  entry: Entry,
  generationFits: boolean,
  requester: { index: number; tag: number },
): Progress {
  const clear = generationFits && isClear(entry);
  return { clear, granted: clear && entry.lockTag === lockTagOf(requester.index, requester.tag) };
}

/** A GETM is done. @returns the subscribers to be told that the page changes, or undefined if the lock is not the sender's */
export function unblock(
  entry: Entry,
  sender: Sender,
  tag: number,
  generationFits: boolean,
): { lo: number; hi: number } | undefined {
  if (!generationFits || entry.lockTag !== lockTagOf(sender.index, tag)) return undefined;
  entry.lockTag = 0;
  entry.changes = next(entry.changes);
  return {
    lo: andNot(entry.subscribersLo, sender.bitLo),
    hi: andNot(entry.subscribersHi, sender.bitHi),
  };
}

/** A client has no copies any more. Counts only if nobody has asked since its own last request, or it could undo a newer one. */
export function drop(entry: Entry, sender: Sender, number: number, generationFits: boolean): void {
  if (!generationFits || number !== entry.number) return;
  entry.sharersLo = andNot(entry.sharersLo, sender.bitLo);
  entry.sharersHi = andNot(entry.sharersHi, sender.bitHi);
  if (entry.owner === sender.index + 1) entry.owner = 0;
}

/** @returns changes so far */
export function subscribe(entry: Entry, sender: Sender, begin: boolean): number {
  entry.subscribersLo = begin
    ? or(entry.subscribersLo, sender.bitLo)
    : andNot(entry.subscribersLo, sender.bitLo);
  entry.subscribersHi = begin
    ? or(entry.subscribersHi, sender.bitHi)
    : andNot(entry.subscribersHi, sender.bitHi);
  return entry.changes;
}

/** Whether a READ without coherence header may be served by the home. */
export function isHomeCurrent(entry: Entry): boolean {
  return entry.owner === 0 && isClear(entry);
}

/** Clients that cannot speak any more hold nothing and owe nothing. */
export function fence(entry: Entry, lo: number, hi: number): void {
  entry.sharersLo = andNot(entry.sharersLo, lo);
  entry.sharersHi = andNot(entry.sharersHi, hi);
  entry.pendingLo = andNot(entry.pendingLo, lo);
  entry.pendingHi = andNot(entry.pendingHi, hi);
  entry.subscribersLo = andNot(entry.subscribersLo, lo);
  entry.subscribersHi = andNot(entry.subscribersHi, hi);
}

export function reset(entry: Entry): void {
  Object.assign(entry, newEntry());
}

function count(entry: Entry): number {
  entry.number = next(entry.number);
  return entry.number;
}

function mayPass({ lockTag, lockExpiry }: Entry, mine: number, now: number): boolean {
  return lockTag === 0 || lockTag === mine || isFrom(now, lockExpiry);
}

function demand(entry: Entry, lo: number, hi: number, number: number): void {
  if (lo === 0 && hi === 0) return;
  entry.pendingLo = or(entry.pendingLo, lo);
  entry.pendingHi = or(entry.pendingHi, hi);
  entry.since = number;
}

function probe(entry: Entry, number: number, home: boolean, keep: boolean): Route {
  entry.probes = next(entry.probes);
  return { to: 'probe', number, lo: entry.pendingLo, hi: entry.pendingHi, home, keep };
}

function isClear({ pendingLo, pendingHi }: Entry): boolean {
  return pendingLo === 0 && pendingHi === 0;
}

function next(value: number): number {
  return (value + 1) >>> 0;
}

function or(a: number, b: number): number {
  return (a | b) >>> 0;
}

function andNot(a: number, b: number): number {
  return (a & ~b) >>> 0;
}
