import type { Entity, FieldMatch, Init, UpdateType, ValueSetEntry } from 'p4runtime-js';
import type { EntryKey } from '../ir/program.js';
import type { BitRange, MatchValue, ValueSetMember } from '../switch/control-plane.js';
import { type Bindings, type BoundValueSet, chosen, find, type MatchField } from './bindings.js';
import { onlyModify } from './direct-resources.js';
import { alreadyExists, exhausted } from './errors.js';
import { keyOf, keyText, matchOf } from './match.js';

export function* readValueSets(bindings: Bindings, pattern: ValueSetEntry): Generator<Init<Entity>> {
  for (const set of chosen(bindings.valueSets, pattern.valueSetId, 'value set')) {
    const members = set.control.members().map((member) => ({ match: fieldsOf(set, member) }));
    yield { valueSetEntry: { valueSetId: set.id, members } };
  }
}

/** MODIFY replaces all members (specification, "ValueSetEntry"). @throws P4RuntimeError */
export function writeValueSet(bindings: Bindings, type: UpdateType, entry: ValueSetEntry): void {
  onlyModify(type, 'value set');
  const set = find(bindings.valueSets, entry.valueSetId, 'value set');
  const what = `value set ${set.name}`;
  if (set.size > 0 && entry.members.length > set.size) {
    throw exhausted(`${what}: it has room for ${set.size} members, not ${entry.members.length}`);
  }
  const members = new Map<string, ValueSetMember>();
  for (const { match } of entry.members) {
    const key = keyOf(set.match, match, what);
    const text = keyText(set.match, key);
    if (members.has(text)) throw alreadyExists(`${what}: the member ${shown(key)} stands there twice`);
    members.set(text, memberOf(set.match, key));
  }
  set.control.set([...members.values()]);
}

/** The fields of a member, most significant first, with how far each is from the least significant bit. */
function* placed(fields: readonly MatchField[]): Generator<{ field: MatchField; shift: number }> {
  let shift = fields.reduce((sum, { bitwidth }) => sum + bitwidth, 0);
  for (const field of fields) {
    shift -= field.bitwidth;
    yield { field, shift };
  }
}

function memberOf(fields: readonly MatchField[], key: readonly MatchValue[]): ValueSetMember {
  let value = 0n;
  let mask = 0n;
  const ranges: BitRange[] = [];
  for (const [i, { field, shift }] of [...placed(fields)].entries()) {
    const part = key[i]!;
    const width = field.bitwidth;
    if (part.kind === 'range') {
      ranges.push({ shift, width, low: part.low, high: part.high });
    } else if (part.kind !== 'any') {
      value |= part.value << BigInt(shift);
      mask |= maskOf(part, width) << BigInt(shift);
    }
  }
  return { value, mask, ranges };
}

function maskOf(part: Exclude<MatchValue, { kind: 'any' | 'range' }>, width: number): bigint {
  const full = (1n << BigInt(width)) - 1n;
  if (part.kind === 'ternary') return part.mask;
  return part.kind === 'lpm' ? full ^ (full >> BigInt(part.prefixLength)) : full;
}

function fieldsOf(set: BoundValueSet, member: ValueSetMember): Init<FieldMatch>[] {
  const key = [...placed(set.match)].map(({ field, shift }): EntryKey => {
    const range = member.ranges.find((r) => r.shift === shift);
    if (range) return { kind: 'range', low: range.low, high: range.high };
    const bits = (whole: bigint) => BigInt.asUintN(field.bitwidth, whole >> BigInt(shift));
    return { kind: 'ternary', value: bits(member.value), mask: bits(member.mask) };
  });
  return matchOf(set.match, key);
}

function shown(key: readonly MatchValue[]): string {
  const hex = (n: bigint) => `0x${n.toString(16)}`;
  const parts = key.map((part) => {
    if (part.kind === 'any') return '*';
    if (part.kind === 'range') return `${part.low}..${part.high}`;
    if (part.kind === 'lpm') return `${hex(part.value)}/${part.prefixLength}`;
    return part.kind === 'ternary' ? `${hex(part.value)} &&& ${hex(part.mask)}` : hex(part.value);
  });
  return parts.join(', ');
}
