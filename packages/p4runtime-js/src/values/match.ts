// Match keys (specification, "Match Format"): what people write, and the FieldMatch that goes on the wire. Bits that a
// mask or a prefix hides are zero, and a key that matches everything is left out, as the specification demands.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { FieldMatch } from '../messages.js';
import type { Init } from '../wire/message-type.js';
import { byteLength, clearLowBits, compare, ones, padded, trim } from './bitstring.js';
import { encodeValue, formatValue, type ValueInput, type ValueType } from './value.js';

/** `other` is an architecture's own match kind, for which there is no codec. */
export type MatchKind = 'exact' | 'lpm' | 'ternary' | 'range' | 'optional' | 'other';

/** A key of a table, as `P4InfoIndex` describes it. */
export interface MatchKey {
  readonly id: number;
  readonly kind: MatchKind;
  readonly type: ValueType;
}

/**
 * What one may write for a key:
 * - any kind: a value; for all but exact, `null` or `'*'` matches everything
 * - lpm: `fdbb:102::/32` or `{ value, prefixLength }`; a value alone is a full-length prefix
 * - ternary: `0x10&&&0xf0`, `10.0.0.0/8` or `{ value, mask }`; a value alone has a mask of ones
 * - range: `1000..2000` or `{ low, high }`, both ends included; a value alone is itself
 */
export type MatchInput =
  | ValueInput
  | null
  | { readonly value: ValueInput; readonly prefixLength: number }
  | { readonly value: ValueInput; readonly mask: ValueInput }
  | { readonly low: ValueInput; readonly high: ValueInput };

/**
 * The FieldMatch of a key, or undefined where it matches everything.
 * @throws P4RuntimeError INVALID_ARGUMENT or OUT_OF_RANGE with what was found and what can be written
 */
export function encodeMatch(input: MatchInput, key: MatchKey): FieldMatch | undefined {
  const { id: fieldId, type } = key;
  const any = input === null || (input === '*' && type.kind === 'bits');
  if (any && key.kind === 'exact') throw invalid('an exact key needs a value; it cannot match everything');
  if (any) return undefined;
  switch (key.kind) {
    case 'exact':
      return FieldMatch.from({ fieldId, exact: { value: encodeValue(plain(input, 'a value'), type) } });
    case 'optional':
      return FieldMatch.from({
        fieldId,
        optional: { value: encodeValue(plain(input, "a value or '*'"), type) },
      });
    case 'lpm':
      return encodeLpm(input, key);
    case 'ternary':
      return encodeTernary(input, key);
    case 'range':
      return encodeRange(input, key);
    case 'other':
      throw new P4RuntimeError(
        'keys of an architecture-specific match kind can only be left out',
        Code.UNIMPLEMENTED,
      );
  }
}

function encodeLpm(input: NonNullable<MatchInput>, { id: fieldId, type }: MatchKey): FieldMatch | undefined {
  const { width } = type;
  const parts = splitPrefix(input) ?? {
    value: plain(input, 'address/length or a value'),
    prefixLength: width,
  };
  if (!Number.isInteger(parts.prefixLength) || parts.prefixLength < 0 || parts.prefixLength > width) {
    throw invalid(`a prefix length is from 0 to ${width} here, found ${parts.prefixLength}`);
  }
  const value = encodeValue(parts.value, type);
  if (parts.prefixLength === 0) return undefined;
  return FieldMatch.from({
    fieldId,
    lpm: { value: trim(clearLowBits(value, width - parts.prefixLength)), prefixLen: parts.prefixLength },
  });
}

function encodeTernary(
  input: NonNullable<MatchInput>,
  { id: fieldId, type }: MatchKey,
): FieldMatch | undefined {
  const [value, mask] = ternaryParts(input, type);
  if (compare(mask, ZERO) === 0) return undefined;
  return FieldMatch.from({
    fieldId,
    ternary: { value: trim(and(value, mask, byteLength(type.width))), mask },
  });
}

function ternaryParts(input: NonNullable<MatchInput>, type: ValueType): [Uint8Array, Uint8Array] {
  if (typeof input === 'string' && input.includes('&&&')) {
    const [value, mask] = halves(input, '&&&');
    return [encodeValue(value, type), encodeValue(mask, type)];
  }
  if (typeof input === 'object' && 'mask' in input)
    return [encodeValue(input.value, type), encodeValue(input.mask, type)];
  const prefix = splitPrefix(input);
  if (prefix) {
    if (!(prefix.prefixLength >= 0 && prefix.prefixLength <= type.width)) {
      throw invalid(`a prefix length is from 0 to ${type.width} here, found ${prefix.prefixLength}`);
    }
    return [
      encodeValue(prefix.value, type),
      trim(clearLowBits(ones(type.width), type.width - prefix.prefixLength)),
    ];
  }
  return [encodeValue(plain(input, 'value&&&mask, address/length or a value'), type), ones(type.width)];
}

function encodeRange(
  input: NonNullable<MatchInput>,
  { id: fieldId, type }: MatchKey,
): FieldMatch | undefined {
  const [low, high] = rangeParts(input).map((end) => encodeValue(end, type)) as [Uint8Array, Uint8Array];
  if (compare(low, high) > 0) {
    throw invalid(
      `a range goes from low to high, found ${formatValue(low, type)}..${formatValue(high, type)}`,
    );
  }
  if (compare(low, ZERO) === 0 && compare(high, ones(type.width)) === 0) return undefined;
  return FieldMatch.from({ fieldId, range: { low, high } });
}

function rangeParts(input: NonNullable<MatchInput>): [ValueInput, ValueInput] {
  if (typeof input === 'string' && input.includes('..')) return halves(input, '..');
  if (typeof input === 'object' && 'low' in input) return [input.low, input.high];
  const value = plain(input, 'low..high or a value');
  return [value, value];
}

/**
 * A key as text that `encodeMatch` reads back: `fdbb:102::/32`, `0x10&&&0xf0`, `1000..2000`, a value.
 * @param match undefined for a key that is left out
 */
export function formatMatch(match: Init<FieldMatch> | undefined, type: ValueType): string {
  const show = (bytes: Uint8Array | null | undefined) => formatValue(bytes ?? new Uint8Array(0), type);
  if (match?.exact) return show(match.exact.value);
  if (match?.optional) return show(match.optional.value);
  if (match?.lpm) return `${show(match.lpm.value)}/${match.lpm.prefixLen ?? 0}`;
  if (match?.range) return `${show(match.range.low)}..${show(match.range.high)}`;
  if (match?.ternary) {
    const mask = match.ternary.mask ?? new Uint8Array(0);
    return compare(mask, ones(type.width)) === 0
      ? show(match.ternary.value)
      : `${show(match.ternary.value)}&&&${show(mask)}`;
  }
  return '*';
}

const ZERO = Uint8Array.of(0);

function and(a: Uint8Array, b: Uint8Array, length: number): Uint8Array {
  const result = padded(a, length).slice();
  const mask = padded(b, length);
  for (let i = 0; i < length; i++) result[i]! &= mask[i]!;
  return result;
}

function splitPrefix(
  input: NonNullable<MatchInput>,
): { value: ValueInput; prefixLength: number } | undefined {
  if (typeof input === 'object' && 'prefixLength' in input) return input;
  if (typeof input !== 'string' || !input.includes('/')) return undefined;
  const [value, length] = halves(input, '/');
  return { value, prefixLength: /^\d{1,4}$/.test(length) ? Number(length) : Number.NaN };
}

function halves(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at).trim(), text.slice(at + separator.length).trim()];
}

function plain(input: NonNullable<MatchInput>, expected: string): ValueInput {
  if (typeof input === 'object' && !(input instanceof Uint8Array)) {
    throw invalid(`expected ${expected}, found an object with ${Object.keys(input).join(' and ')}`);
  }
  return input;
}

function invalid(problem: string): P4RuntimeError {
  return new P4RuntimeError(problem, Code.INVALID_ARGUMENT);
}
