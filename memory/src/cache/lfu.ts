import type { Evictable, EvictionPolicy } from './evictable.js';
import { EntryList } from './list.js';

/** Uses are counted up to this: more tells nothing, and the lists stay few. */
const MAX_USES = 255;

/** The least frequently used goes first, the oldest of them before the others. A list for each count; a hit moves an entry up one list. */
export class LfuPolicy implements EvictionPolicy {
  readonly #lists = Array.from({ length: MAX_USES + 1 }, () => new EntryList());

  add(entry: Evictable): void {
    entry.uses = 0;
    this.#lists[0]!.append(entry);
  }

  touch(entry: Evictable): void {
    EntryList.unlink(entry);
    if (entry.uses < MAX_USES) entry.uses++;
    this.#lists[entry.uses]!.append(entry);
  }

  remove(entry: Evictable): void {
    EntryList.unlink(entry);
  }

  victim(mayGo: (entry: Evictable) => boolean): Evictable | undefined {
    for (const list of this.#lists) {
      const entry = list.find(mayGo);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}
