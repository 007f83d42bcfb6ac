import type { Evictable, EvictionPolicy } from './evictable.js';
import { EntryList } from './list.js';

/**
 * Second chance (Corbató 1968): the hand passes over what was used since it last came by. A hit costs one store.
 * The ring is a list whose head is the hand: what it passes over goes to the end.
 */
export class ClockPolicy implements EvictionPolicy {
  readonly #ring = new EntryList();
  #count = 0;

  add(entry: Evictable): void {
    entry.uses = 0;
    this.#count++;
    this.#ring.append(entry);
  }

  touch(entry: Evictable): void {
    entry.uses = 1;
  }

  remove(entry: Evictable): void {
    this.#count--;
    EntryList.unlink(entry);
  }

  victim(mayGo: (entry: Evictable) => boolean): Evictable | undefined {
    // Two rounds: in the first, everything may turn out to have been used.
    for (let steps = 2 * this.#count; steps > 0; steps--) {
      const entry = this.#ring.first!;
      if (entry.uses === 0 && mayGo(entry)) return entry;
      entry.uses = 0;
      EntryList.unlink(entry);
      this.#ring.append(entry);
    }
    return undefined;
  }
}
