import { Evictable } from './evictable.js';

/** A doubly linked list through the entries themselves. */
export class EntryList {
  /** Its `after` is the first entry, its `before` the last. */
  readonly #ends = new Evictable();

  constructor() {
    this.#ends.before = this.#ends;
    this.#ends.after = this.#ends;
  }

  get first(): Evictable | undefined {
    return this.#entry(this.#ends.after!);
  }

  /** @returns the entry behind this one */
  next(entry: Evictable): Evictable | undefined {
    return this.#entry(entry.after!);
  }

  /** Put an entry that is in no list at the end. */
  append(entry: Evictable): void {
    const last = this.#ends.before!;
    entry.before = last;
    entry.after = this.#ends;
    last.after = entry;
    this.#ends.before = entry;
  }

  /** Take an entry out of whatever list it is in. */
  static unlink(entry: Evictable): void {
    entry.before!.after = entry.after;
    entry.after!.before = entry.before;
    entry.before = undefined;
    entry.after = undefined;
  }

  /** @returns the first entry for which `mayGo` holds */
  find(mayGo: (entry: Evictable) => boolean): Evictable | undefined {
    for (let entry = this.first; entry !== undefined; entry = this.next(entry))
      if (mayGo(entry)) return entry;
    return undefined;
  }

  #entry(entry: Evictable): Evictable | undefined {
    return entry === this.#ends ? undefined : entry;
  }
}
