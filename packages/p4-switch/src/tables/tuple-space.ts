import { storeWords, wordCount } from '../bits/words.js';
import type { EntryKey, KeyPart } from '../ir/program.js';
import { precedes, type TableEntry } from './entry.js';
import { WordHash } from './word-hash.js';

/** Where the words of each key part lie in the key that generated code fills in. */
export interface KeyLayout {
  readonly parts: readonly { readonly offset: number; readonly words: number }[];
  readonly words: number;
}

export function keyLayout(key: readonly KeyPart[]): KeyLayout {
  let words = 0;
  const parts = key.map((part) => {
    const place = { offset: words, words: wordCount(part.width) };
    words += place.words;
    return place;
  });
  return { parts, words };
}

interface RangeCheck {
  readonly offset: number;
  readonly words: number;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

interface Tuple {
  readonly id: string;
  readonly mask: Int32Array;
  readonly hash: WordHash<TableEntry>;
  /** At least the highest priority inside. */
  bestPriority: number;
  size: number;
}

/**
 * Tuple space search: entries with the same mask share a hash table on the masked key, and the tuples are tried in an
 * order that lets the search stop early. An exact table is one tuple; a ternary table stops when no later tuple can hold
 * a higher priority. Ranges are left out of the mask and checked entry by entry within a bucket. Real tables use few masks, so this beats both a
 * scan (8,192 permissions) and a decision tree (which is dear to update).
 */
export class TupleSpace {
  private readonly tuples: Tuple[] = [];
  private readonly ranges = new Map<TableEntry, readonly RangeCheck[]>();
  readonly layout: KeyLayout;
  private readonly exact: boolean;
  private readonly ranged: boolean;

  constructor(
    match: 'exact' | 'ternary' | 'range',
    private readonly key: readonly KeyPart[],
  ) {
    this.layout = keyLayout(key);
    this.exact = match === 'exact';
    this.ranged = match === 'range';
  }

  /** @param key words laid out as `layout` says. */
  lookup(key: Int32Array): TableEntry | undefined {
    const tuples = this.tuples;
    if (this.exact) {
      for (let i = 0; i < tuples.length; i++) {
        const tuple = tuples[i]!;
        const found = tuple.hash.get(key, tuple.mask);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    let best: TableEntry | undefined;
    for (let i = 0; i < tuples.length; i++) {
      const tuple = tuples[i]!;
      if (best !== undefined && tuple.bestPriority < best.priority) break;
      let entry = tuple.hash.get(key, tuple.mask);
      if (this.ranged) {
        while (entry !== undefined && !this.inRanges(key, entry)) entry = entry.nextInBucket;
      }
      if (entry !== undefined && (best === undefined || precedes(entry, best))) best = entry;
    }
    return best;
  }

  add(entry: TableEntry): void {
    const { tuple, words } = this.place(entry, true);
    tuple!.size++;
    if (this.ranged) this.ranges.set(entry, this.rangeChecks(entry.key));
    if (tuple!.size === 1 || entry.priority > tuple!.bestPriority) tuple!.bestPriority = entry.priority;
    const first = tuple!.hash.get(words, tuple!.mask);
    if (first === undefined || precedes(entry, first)) {
      entry.nextInBucket = first;
      tuple!.hash.set(words, entry);
    } else {
      let before = first;
      while (before.nextInBucket && precedes(before.nextInBucket, entry)) before = before.nextInBucket;
      entry.nextInBucket = before.nextInBucket;
      before.nextInBucket = entry;
    }
    this.sort();
  }

  remove(entry: TableEntry): void {
    const { tuple, words } = this.place(entry, false);
    const first = tuple?.hash.get(words, tuple.mask);
    if (!tuple || !first) return;
    if (first === entry) {
      if (entry.nextInBucket) tuple.hash.set(words, entry.nextInBucket);
      else tuple.hash.delete(words);
    } else {
      let before: TableEntry = first;
      while (before.nextInBucket && before.nextInBucket !== entry) before = before.nextInBucket;
      before.nextInBucket = entry.nextInBucket;
    }
    entry.nextInBucket = undefined;
    this.ranges.delete(entry);
    tuple.size--;
    if (tuple.size === 0) this.tuples.splice(this.tuples.indexOf(tuple), 1);
  }

  private inRanges(key: Int32Array, entry: TableEntry): boolean {
    for (const { offset, words, low, high } of this.ranges.get(entry)!) {
      if (compareWords(key, offset, words, low) < 0 || compareWords(key, offset, words, high) > 0)
        return false;
    }
    return true;
  }

  private rangeChecks(key: readonly EntryKey[]): RangeCheck[] {
    return key.flatMap((part, index) => {
      if (part.kind !== 'range') return [];
      const place = this.layout.parts[index]!;
      const low = new Uint32Array(place.words);
      const high = new Uint32Array(place.words);
      storeWords(low, 0, place.words, part.low);
      storeWords(high, 0, place.words, part.high);
      return [{ ...place, low, high }];
    });
  }

  private place(entry: TableEntry, create: boolean): { tuple: Tuple | undefined; words: Int32Array } {
    const mask = new Int32Array(this.layout.words);
    const words = new Int32Array(this.layout.words);
    for (const [index, part] of entry.key.entries()) {
      const place = this.layout.parts[index]!;
      const width = this.key[index]!.width;
      const all = (1n << BigInt(width)) - 1n;
      const bits =
        part.kind === 'exact'
          ? all
          : part.kind === 'ternary'
            ? part.mask
            : part.kind === 'lpm'
              ? all ^ (all >> BigInt(part.prefixLength))
              : 0n;
      storeWords(mask, place.offset, place.words, bits);
      if (part.kind !== 'range') storeWords(words, place.offset, place.words, part.value & bits);
    }
    const id = mask.join();
    let tuple = this.tuples.find((candidate) => candidate.id === id);
    if (!tuple && create) {
      tuple = { id, mask, hash: new WordHash(mask.length), bestPriority: 0, size: 0 };
      this.tuples.push(tuple);
    }
    return { tuple, words };
  }

  private sort(): void {
    this.tuples.sort((a, b) => b.bestPriority - a.bestPriority);
  }
}

/** Unsigned, most significant word first. */
function compareWords(key: Int32Array, offset: number, words: number, bound: Uint32Array): number {
  for (let i = 0; i < words; i++) {
    const difference = (key[offset + i]! >>> 0) - bound[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
