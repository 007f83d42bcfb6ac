import type { FieldMatch, Init } from 'p4runtime-js';
import type { EntryKey } from '../ir/program.js';
import type { MatchValue } from '../switch/control-plane.js';
import { type BoundTable, listed, type MatchField } from './bindings.js';
import { fromBytes, toBytes } from './bytes.js';
import { invalid } from './errors.js';

/**
 * The match fields of a request as the data plane's key, in its order. A field that is left out is a don't care
 * (specification, "Match Format").
 * @throws P4RuntimeError naming table and field
 */
export function keyFromMatch(table: BoundTable, match: readonly FieldMatch[]): MatchValue[] {
  return keyOf(table.fields, match, `table ${table.name}`);
}

export function keyOf(
  fields: readonly MatchField[],
  match: readonly FieldMatch[],
  where: string,
): MatchValue[] {
  const given = new Map<number, FieldMatch>();
  for (const field of match) {
    if (given.has(field.fieldId)) throw invalid(`${where}: match field ${field.fieldId} is given twice`);
    given.set(field.fieldId, field);
  }
  const key = fields.map((field) => {
    const what = `${where}, match field ${field.name || field.id}`;
    const value = given.get(field.id);
    given.delete(field.id);
    return value ? matchValue(field, value, what) : absent(field, what);
  });
  for (const id of given.keys()) {
    throw invalid(`${where}: it has no match field with the id ${id}; it has: ${listed(fields)}`);
  }
  return key;
}

const KIND_NAMES: Readonly<Record<number, string>> = {
  2: 'exact',
  3: 'lpm',
  4: 'ternary',
  5: 'range',
  6: 'optional',
};
const kindOf = (field: MatchField): string => KIND_NAMES[field.matchType ?? 0] ?? 'unknown';

function absent(field: MatchField, what: string): MatchValue {
  if (kindOf(field) === 'exact') throw invalid(`${what}: an exact match cannot be left out`);
  return { kind: 'any' };
}

function matchValue(field: MatchField, match: FieldMatch, what: string): MatchValue {
  const kind = kindOf(field);
  if (match.fieldMatchType !== kind) {
    throw invalid(`${what}: it is matched ${kind}, not ${match.fieldMatchType ?? 'in no way'}`);
  }
  const width = field.bitwidth;
  const number = (bytes: Uint8Array) => fromBytes(bytes, width, what);
  if (match.exact) return { kind: 'exact', value: number(match.exact.value) };
  if (match.optional) return { kind: 'optional', value: number(match.optional.value) };
  if (match.lpm) return lpm(number(match.lpm.value), match.lpm.prefixLen, width, what);
  if (match.ternary) return ternary(number(match.ternary.value), number(match.ternary.mask), what);
  if (match.range) return range(number(match.range.low), number(match.range.high), width, what);
  throw invalid(`${what}: this kind of match is not known`);
}

function lpm(value: bigint, prefixLength: number, width: number, what: string): MatchValue {
  if (prefixLength < 0 || prefixLength > width) {
    throw invalid(`${what}: a prefix of ${prefixLength} bits does not fit a field of ${width} bits`);
  }
  if (prefixLength === 0) throw invalid(`${what}: a prefix of 0 bits is a don't care, which is left out`);
  if (BigInt.asUintN(width - prefixLength, value) !== 0n) {
    throw invalid(`${what}: 0x${value.toString(16)}/${prefixLength} has bits set behind its prefix`);
  }
  return { kind: 'lpm', value, prefixLength };
}

function ternary(value: bigint, mask: bigint, what: string): MatchValue {
  if (mask === 0n) throw invalid(`${what}: a mask of 0 is a don't care, which is left out`);
  if ((value & ~mask) !== 0n) {
    throw invalid(
      `${what}: 0x${value.toString(16)} &&& 0x${mask.toString(16)} has bits set that are masked out`,
    );
  }
  return { kind: 'ternary', value, mask };
}

function range(low: bigint, high: bigint, width: number, what: string): MatchValue {
  if (low > high) throw invalid(`${what}: the range ${low}..${high} is empty`);
  if (low === 0n && high === (1n << BigInt(width)) - 1n) {
    throw invalid(`${what}: the whole range is a don't care, which is left out`);
  }
  return { kind: 'range', low, high };
}

/** The data plane's key as match fields; don't cares are left out, values are canonical. */
export const matchFromKey = (table: BoundTable, key: readonly EntryKey[]): Init<FieldMatch>[] =>
  matchOf(table.fields, key);

export function matchOf(fields: readonly MatchField[], key: readonly EntryKey[]): Init<FieldMatch>[] {
  const match: Init<FieldMatch>[] = [];
  fields.forEach((field, i) => {
    const value = fieldMatch(field, key[i]!);
    if (value) match.push({ fieldId: field.id, ...value });
  });
  return match;
}

function fieldMatch(field: MatchField, part: EntryKey): Omit<Init<FieldMatch>, 'fieldId'> | undefined {
  const full = (1n << BigInt(field.bitwidth)) - 1n;
  switch (part.kind) {
    case 'exact':
      return kindOf(field) === 'optional'
        ? { optional: { value: toBytes(part.value) } }
        : { exact: { value: toBytes(part.value) } };
    case 'lpm':
      return part.prefixLength === 0
        ? undefined
        : { lpm: { value: toBytes(part.value), prefixLen: part.prefixLength } };
    case 'ternary':
      if (part.mask === 0n) return undefined;
      // In a ternary table the data plane keeps every kind of match as value and mask.
      if (kindOf(field) === 'optional') return { optional: { value: toBytes(part.value) } };
      if (kindOf(field) === 'exact') return { exact: { value: toBytes(part.value) } };
      if (kindOf(field) === 'lpm') {
        return { lpm: { value: toBytes(part.value), prefixLen: ones(part.mask) } };
      }
      return { ternary: { value: toBytes(part.value), mask: toBytes(part.mask) } };
    case 'range':
      return part.low === 0n && part.high === full
        ? undefined
        : { range: { low: toBytes(part.low), high: toBytes(part.high) } };
  }
}

const ones = (mask: bigint): number => mask.toString(2).replaceAll('0', '').length;

/**
 * A key as text: equal for equal keys, however their don't cares are written. For comparing what a controller asks for
 * with what is there.
 */
export const keyText = (fields: readonly MatchField[], key: readonly MatchValue[]): string =>
  key.map((part, i) => partText(part, fields[i]!.bitwidth)).join();

function partText(part: MatchValue, width: number): string {
  const full = (1n << BigInt(width)) - 1n;
  switch (part.kind) {
    case 'any':
      return '*';
    case 'exact':
    case 'optional':
      return `${part.value}&${full}`;
    case 'lpm':
      return part.prefixLength === 0 ? '*' : `${part.value}&${full ^ (full >> BigInt(part.prefixLength))}`;
    case 'ternary':
      return part.mask === 0n ? '*' : `${part.value}&${part.mask}`;
    case 'range':
      return part.low === 0n && part.high === full ? '*' : `${part.low}-${part.high}`;
  }
}
