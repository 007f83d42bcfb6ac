/** Links that a policy keeps in the entry itself, so that a hit allocates nothing. For policies alone. */
export class Evictable {
  /** Neighbours in a list; undefined: in none. */
  before: Evictable | undefined;
  after: Evictable | undefined;
  /** CLOCK: used since the hand last came by. LFU: how often it was used. */
  uses = 0;
}

/** Decides which entry goes when there is no room. Pure: the same calls give the same choices. */
export interface EvictionPolicy {
  /** A new entry. */
  add(entry: Evictable): void;
  /** It was used. */
  touch(entry: Evictable): void;
  /** It is no entry any more. */
  remove(entry: Evictable): void;
  /** @param mayGo whether an entry may be evicted at this moment. @returns undefined if none may */
  victim(mayGo: (entry: Evictable) => boolean): Evictable | undefined;
}
