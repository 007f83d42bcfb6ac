import type { Evictable, EvictionPolicy } from './evictable.js';
import { EntryList } from './list.js';

/** First in, first out. */
export class FifoPolicy implements EvictionPolicy {
  readonly list = new EntryList();

  add(entry: Evictable): void {
    this.list.append(entry);
  }

  touch(_entry: Evictable): void {}

  remove(entry: Evictable): void {
    EntryList.unlink(entry);
  }

  victim(mayGo: (entry: Evictable) => boolean): Evictable | undefined {
    return this.list.find(mayGo);
  }
}

/** The least recently used goes first: what is used moves to the end of the line. */
export class LruPolicy extends FifoPolicy {
  override touch(entry: Evictable): void {
    EntryList.unlink(entry);
    this.list.append(entry);
  }
}
