import assert from 'node:assert/strict';
import fc from 'fast-check';
import { storeWords } from '../bits/words.js';
import type { EntryKey, KeyPart, MatchKind, TableDecl } from '../ir/program.js';
import { BoundAction, TableEntry } from './entry.js';
import { linearLookup } from './linear.js';
import { identityOf } from './match-key.js';
import { PrefixTrie } from './prefix-trie.js';
import { TupleSpace } from './tuple-space.js';

const target = new BoundAction({ index: 0, id: 0, name: 'act', params: [], body: [] }, []);

function table(match: TableDecl['match'], kinds: readonly [MatchKind, number][]): TableDecl {
  const key = kinds.map(
    ([kind, width], index): KeyPart => ({
      name: `k${index}`,
      match: kind,
      width,
      source: { kind: 'valid', header: undefined as never },
      mask: undefined,
    }),
  );
  return { match, key, name: 't' } as unknown as TableDecl;
}

/** Few distinct values, so that entries collide, nest and overlap. */
function values(width: number): fc.Arbitrary<bigint> {
  const all = (1n << BigInt(width)) - 1n;
  return fc.oneof(
    fc.bigInt({ min: 0n, max: 3n }).map((value) => value & all),
    fc.bigInt({ min: 0n, max: 3n }).map((value) => all - (value & all)),
    fc.bigInt({ min: 0n, max: all }),
  );
}

function part([kind, width]: readonly [MatchKind, number]): fc.Arbitrary<EntryKey> {
  const all = (1n << BigInt(width)) - 1n;
  switch (kind) {
    case 'lpm':
      return fc.tuple(values(width), fc.nat(width)).map(([value, prefixLength]) => ({
        kind: 'lpm',
        value: value & (all ^ (all >> BigInt(prefixLength))),
        prefixLength,
      }));
    case 'ternary':
      return fc
        .tuple(values(width), values(width))
        .map(([value, mask]) => ({ kind: 'ternary', value: value & mask, mask }));
    case 'range':
      return fc
        .tuple(values(width), values(width))
        .map(([a, b]) => (a < b ? { kind: 'range', low: a, high: b } : { kind: 'range', low: b, high: a }));
    default:
      return values(width).map((value) => ({ kind: 'exact', value }));
  }
}

interface Index {
  readonly layout: TupleSpace['layout'];
  add(entry: TableEntry): void;
  remove(entry: TableEntry): void;
  lookup(key: Int32Array): TableEntry | undefined;
}

function check(
  match: TableDecl['match'],
  kinds: readonly [MatchKind, number][],
  make: (decl: TableDecl) => Index,
): void {
  const decl = table(match, kinds);
  const key = fc.tuple(...kinds.map(part));
  const lookup = fc.tuple(...kinds.map(([, width]) => values(width)));
  const entry = fc.record({ key, priority: fc.nat(match === 'ternary' || match === 'range' ? 3 : 0) });
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 40 }),
      fc.array(fc.nat(60), { maxLength: 30 }),
      fc.array(lookup, { minLength: 1, maxLength: 20 }),
      (specs, removals, keys) => {
        const index = make(decl);
        const entries = new Map<string, TableEntry>();
        for (const [handle, spec] of specs.entries()) {
          const identity = identityOf(decl, spec.key, spec.priority);
          if (entries.has(identity)) continue;
          const added = new TableEntry(handle, spec.key, spec.priority, target, false);
          entries.set(identity, added);
          index.add(added);
        }
        for (const which of removals) {
          const victim = [...entries][which];
          if (!victim) continue;
          entries.delete(victim[0]);
          index.remove(victim[1]);
        }
        const present = [...entries.values()];
        // Look up what the entries say, too, or a wide exact key would never hit.
        const hits = present.map((one) => one.key.map((p) => (p.kind === 'range' ? p.low : p.value)));
        for (const values of [...keys, ...hits]) {
          const words = new Int32Array(index.layout.words);
          for (const [i, { offset, words: count }] of index.layout.parts.entries()) {
            storeWords(words, offset, count, values[i]!);
          }
          assert.equal(index.lookup(words)?.handle, linearLookup(decl, present, values)?.handle);
        }
      },
    ),
    { numRuns: 150 },
  );
}

describe('TupleSpace finds what trying every entry finds', () => {
  const shapes: ['exact' | 'ternary' | 'range', [MatchKind, number][]][] = [
    [
      'exact',
      [
        ['exact', 9],
        ['exact', 48],
      ],
    ],
    [
      'ternary',
      [
        ['ternary', 33],
        ['exact', 1],
        ['lpm', 8],
      ],
    ],
    [
      'ternary',
      [
        ['lpm', 64],
        ['lpm', 16],
      ],
    ],
    [
      'range',
      [
        ['range', 48],
        ['ternary', 16],
        ['range', 8],
      ],
    ],
  ];
  for (const [match, shape] of shapes) {
    it(`${match}: ${shape.map((field) => field.join(' ')).join(', ')}`, () =>
      check(match, shape, (decl) => new TupleSpace(match, decl.key)));
  }
});

describe('PrefixTrie finds what trying every entry finds', () => {
  const trie = (decl: TableDecl): Index => new PrefixTrie(decl.key);
  const shapes: [MatchKind, number][][] = [
    [['lpm', 32]],
    [['lpm', 80]],
    [['lpm', 7]],
    [
      ['lpm', 128],
      ['exact', 9],
    ],
    [
      ['exact', 48],
      ['lpm', 64],
      ['valid', 1],
    ],
  ];
  for (const shape of shapes) {
    it(shape.map((field) => field.join(' ')).join(', '), () => check('lpm', shape, trie));
  }
});
