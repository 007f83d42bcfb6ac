/**
 * Open-addressing hash table from a fixed number of 32-bit words to a value, with linear probing. Keys live in one
 * Int32Array, so a lookup allocates nothing and touches two cache lines; a Map would need a string or bigint key.
 */
export class WordHash<T> {
  private capacity = 16;
  private keys: Int32Array;
  private values: (T | undefined)[];
  private used = 0;

  constructor(private readonly words: number) {
    this.keys = new Int32Array(this.capacity * words);
    this.values = new Array<T | undefined>(this.capacity).fill(undefined);
  }

  get size(): number {
    return this.used;
  }

  /** The value whose key equals `key & mask`. */
  get(key: Int32Array, mask: Int32Array): T | undefined {
    const words = this.words;
    const keys = this.keys;
    let hash = 0x9e3779b9 | 0;
    for (let i = 0; i < words; i++) hash = mix(hash, key[i]! & mask[i]!);
    let slot = finish(hash) & (this.capacity - 1);
    for (;;) {
      const value = this.values[slot];
      if (value === undefined) return undefined;
      const at = slot * words;
      let i = 0;
      while (i < words && keys[at + i] === (key[i]! & mask[i]!)) i++;
      if (i === words) return value;
      slot = (slot + 1) & (this.capacity - 1);
    }
  }

  /** @param key already masked. */
  set(key: Int32Array, value: T): void {
    if ((this.used + 1) * 2 > this.capacity) this.grow();
    const slot = this.slotOf(key);
    if (this.values[slot] === undefined) {
      this.keys.set(key.subarray(0, this.words), slot * this.words);
      this.used++;
    }
    this.values[slot] = value;
  }

  delete(key: Int32Array): boolean {
    let hole = this.slotOf(key);
    if (this.values[hole] === undefined) return false;
    this.used--;
    // Backward shift: move later members of the probe run into the hole, so that no tombstones are needed.
    const mask = this.capacity - 1;
    let next = hole;
    for (;;) {
      this.values[hole] = undefined;
      for (;;) {
        next = (next + 1) & mask;
        const value = this.values[next];
        if (value === undefined) return true;
        const home = this.home(this.keys, next * this.words);
        // It may move if its home does not lie cyclically in (hole, next].
        if (((next - home) & mask) >= ((next - hole) & mask)) {
          this.keys.copyWithin(hole * this.words, next * this.words, (next + 1) * this.words);
          this.values[hole] = value;
          hole = next;
          break;
        }
      }
    }
  }

  private slotOf(key: Int32Array): number {
    let slot = this.home(key, 0);
    for (;;) {
      if (this.values[slot] === undefined) return slot;
      let i = 0;
      while (i < this.words && this.keys[slot * this.words + i] === key[i]) i++;
      if (i === this.words) return slot;
      slot = (slot + 1) & (this.capacity - 1);
    }
  }

  private home(keys: Int32Array, at: number): number {
    let hash = 0x9e3779b9 | 0;
    for (let i = 0; i < this.words; i++) hash = mix(hash, keys[at + i]!);
    return finish(hash) & (this.capacity - 1);
  }

  private grow(): void {
    const { keys, values, capacity } = this;
    this.capacity = capacity * 2;
    this.keys = new Int32Array(this.capacity * this.words);
    this.values = new Array<T | undefined>(this.capacity).fill(undefined);
    for (let slot = 0; slot < capacity; slot++) {
      const value = values[slot];
      if (value === undefined) continue;
      const key = keys.subarray(slot * this.words, (slot + 1) * this.words);
      const to = this.slotOf(key);
      this.keys.set(key, to * this.words);
      this.values[to] = value;
    }
  }
}

/** One round of MurmurHash3's 32-bit body. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return Math.imul((h << 13) | (h >>> 19), 5) + 0x6b64e654;
}

function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}
