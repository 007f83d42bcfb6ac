import { storeWords } from '../bits/words.js';
import type { EntryKey, KeyPart } from '../ir/program.js';
import type { TableEntry } from './entry.js';
import { type KeyLayout, keyLayout } from './tuple-space.js';
import { WordHash } from './word-hash.js';

interface TrieNode {
  /** Bits of the prefix, counted from the top of the words. */
  readonly bits: number;
  readonly prefix: Int32Array;
  entry: TableEntry | undefined;
  /** Children by the bit that follows the prefix. */
  zero: TrieNode | undefined;
  one: TrieNode | undefined;
}

interface Root {
  top: TrieNode | undefined;
}

/**
 * Longest prefix match: a hash table on the exact parts of the key leads to a path-compressed binary trie on the lpm
 * part. A lookup visits about log2(entries under that exact value) nodes, however many prefix lengths there are; one
 * hash table per prefix length made bench/pipeline.ts four times slower with 32 lengths, and no faster with 5.
 */
export class PrefixTrie {
  readonly layout: KeyLayout;
  /** The lpm part. */
  private readonly part: number;
  private readonly offset: number;
  private readonly words: number;
  /** Bits of the words above the part's width: always zero, so they match. */
  private readonly padding: number;
  /** Ones over the exact parts. */
  private readonly exactMask: Int32Array;
  private readonly roots: WordHash<Root>;

  constructor(key: readonly KeyPart[]) {
    this.layout = keyLayout(key);
    this.part = Math.max(
      0,
      key.findIndex((part) => part.match === 'lpm'),
    );
    const place = this.layout.parts[this.part] ?? { offset: 0, words: 0 };
    this.offset = place.offset;
    this.words = place.words;
    this.padding = place.words * 32 - (key[this.part]?.width ?? 0);
    this.exactMask = new Int32Array(this.layout.words).fill(-1);
    this.exactMask.fill(0, this.offset, this.offset + this.words);
    this.roots = new WordHash(this.layout.words);
  }

  /** @param key words laid out as `layout` says. */
  lookup(key: Int32Array): TableEntry | undefined {
    const root = this.roots.get(key, this.exactMask);
    if (root === undefined) return undefined;
    const offset = this.offset;
    let node = root.top;
    let best: TableEntry | undefined;
    let checked = 0;
    while (node !== undefined) {
      const { bits, prefix } = node;
      const whole = bits >>> 5;
      while (checked < whole && prefix[checked] === key[offset + checked]) checked++;
      if (checked < whole) break;
      const rest = bits & 31;
      const word = whole < this.words ? key[offset + whole]! : 0;
      if (rest !== 0 && (word ^ prefix[whole]!) >>> (32 - rest) !== 0) break;
      if (node.entry !== undefined) best = node.entry;
      node = (word >>> (31 - rest)) & 1 ? node.one : node.zero;
    }
    return best;
  }

  add(entry: TableEntry): void {
    const { key, prefix, bits } = this.place(entry.key);
    let root = this.roots.get(key, this.exactMask);
    if (!root) {
      root = { top: undefined };
      this.roots.set(key, root);
    }
    root.top = insert(root.top, prefix, bits, entry);
  }

  remove(entry: TableEntry): void {
    const { key, prefix, bits } = this.place(entry.key);
    const root = this.roots.get(key, this.exactMask);
    if (!root) return;
    root.top = erase(root.top, prefix, bits);
    if (!root.top) this.roots.delete(key);
  }

  /** The exact parts as words (lpm part zero), and the prefix. */
  private place(parts: readonly EntryKey[]): { key: Int32Array; prefix: Int32Array; bits: number } {
    const key = new Int32Array(this.layout.words);
    const prefix = new Int32Array(this.words);
    let bits = 0;
    for (const [index, part] of parts.entries()) {
      const { offset, words } = this.layout.parts[index]!;
      if (part.kind === 'lpm') {
        storeWords(prefix, 0, words, part.value);
        // The match of zero bits needs no look at the padding either.
        bits = part.prefixLength === 0 ? 0 : this.padding + part.prefixLength;
      } else if (part.kind === 'exact') storeWords(key, offset, words, part.value);
    }
    return { key, prefix, bits };
  }
}

function bitOf(prefix: Int32Array, at: number): number {
  return (prefix[at >>> 5]! >>> (31 - (at & 31))) & 1;
}

/** Leading bits that both have in common, at most `limit`. */
function common(a: Int32Array, b: Int32Array, limit: number): number {
  for (let i = 0; i * 32 < limit; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return Math.min(limit, i * 32 + Math.clz32(difference));
  }
  return limit;
}

function leaf(prefix: Int32Array, bits: number, entry: TableEntry | undefined): TrieNode {
  return { bits, prefix, entry, zero: undefined, one: undefined };
}

function attach(parent: TrieNode, child: TrieNode): void {
  if (bitOf(child.prefix, parent.bits)) parent.one = child;
  else parent.zero = child;
}

function insert(node: TrieNode | undefined, prefix: Int32Array, bits: number, entry: TableEntry): TrieNode {
  if (!node) return leaf(prefix, bits, entry);
  const shared = common(node.prefix, prefix, Math.min(node.bits, bits));
  if (shared === node.bits) {
    if (bits === node.bits) node.entry = entry;
    else if (bitOf(prefix, node.bits)) node.one = insert(node.one, prefix, bits, entry);
    else node.zero = insert(node.zero, prefix, bits, entry);
    return node;
  }
  const added = leaf(prefix, bits, entry);
  if (shared === bits) {
    attach(added, node);
    return added;
  }
  const fork = leaf(prefix, shared, undefined);
  attach(fork, node);
  attach(fork, added);
  return fork;
}

function erase(node: TrieNode | undefined, prefix: Int32Array, bits: number): TrieNode | undefined {
  if (!node || node.bits > bits) return node;
  if (node.bits === bits) node.entry = undefined;
  else if (bitOf(prefix, node.bits)) node.one = erase(node.one, prefix, bits);
  else node.zero = erase(node.zero, prefix, bits);
  if (node.entry || (node.zero && node.one)) return node;
  return node.zero ?? node.one;
}
