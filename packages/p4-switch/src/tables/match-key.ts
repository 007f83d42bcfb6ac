import { maskOf } from '../bits/bits.js';
import { P4SwitchError } from '../errors.js';
import type { EntryKey, KeyPart, TableDecl } from '../ir/program.js';
import type { MatchValue } from '../switch/control-plane.js';

/**
 * Check match values against a table's key and bring them into the one form that entries are compared in: don't-care
 * spelled out, masked-out bits zero, the key's static mask applied.
 * @throws P4SwitchError BAD_MATCH_KEY.
 */
export function normaliseKey(table: TableDecl, values: readonly MatchValue[]): EntryKey[] {
  if (values.length !== table.key.length) {
    throw bad(
      table,
      `takes ${table.key.length} match fields (${table.key.map((part) => part.name).join(', ')}), found ${values.length}`,
    );
  }
  return table.key.map((part, index) => normalisePart(table, part, values[index]!));
}

function normalisePart(table: TableDecl, part: KeyPart, value: MatchValue): EntryKey {
  const all = maskOf(part.width);
  const fits = (bits: bigint, what: string): bigint => {
    if (bits < 0n || bits > all) {
      throw bad(
        table,
        `${what} 0x${bits.toString(16)} of "${part.name}" does not fit its ${part.width} bits`,
      );
    }
    return bits;
  };
  const stat = part.mask ?? all;
  switch (part.match) {
    case 'exact':
    case 'valid':
      if (value.kind === 'exact') return { kind: 'exact', value: fits(value.value, 'value') & stat };
      break;
    case 'lpm': {
      if (value.kind === 'any') return { kind: 'lpm', value: 0n, prefixLength: 0 };
      if (value.kind !== 'lpm') break;
      const length = value.prefixLength;
      if (!Number.isInteger(length) || length < 0 || length > part.width) {
        throw bad(table, `prefix length ${length} of "${part.name}" is not in 0 to ${part.width}`);
      }
      const mask = all ^ (all >> BigInt(length));
      return { kind: 'lpm', value: fits(value.value, 'value') & mask & stat, prefixLength: length };
    }
    case 'ternary':
    case 'optional':
      if (value.kind === 'any') return { kind: 'ternary', value: 0n, mask: 0n };
      if (value.kind === 'optional' || value.kind === 'exact') {
        return { kind: 'ternary', value: fits(value.value, 'value') & stat, mask: all };
      }
      if (value.kind === 'ternary') {
        const mask = fits(value.mask, 'mask');
        if (part.match === 'optional' && mask !== 0n && mask !== all) {
          throw bad(table, `"${part.name}" is optional: its mask is all ones or zero`);
        }
        return { kind: 'ternary', value: fits(value.value, 'value') & mask & stat, mask };
      }
      break;
    case 'range':
      if (value.kind === 'any') return { kind: 'range', low: 0n, high: all };
      if (value.kind === 'range') {
        const [low, high] = [fits(value.low, 'low end'), fits(value.high, 'high end')];
        if (low > high) throw bad(table, `the range ${low} to ${high} of "${part.name}" is empty`);
        return { kind: 'range', low, high };
      }
      break;
  }
  throw bad(
    table,
    `field "${part.name}" is matched ${part.match}, a value of kind ${value.kind} does not fit it`,
  );
}

/** Equal strings <=> the same entry (P4Runtime 1.5, section 9.1: match key and, where it counts, priority). */
export function identityOf(table: TableDecl, key: readonly EntryKey[], priority: number): string {
  const parts = key.map(partIdentity);
  return usesPriority(table) ? `${parts.join()}@${priority}` : parts.join();
}

function partIdentity(part: EntryKey): string {
  switch (part.kind) {
    case 'exact':
      return part.value.toString(36);
    case 'lpm':
      return `${part.value.toString(36)}/${part.prefixLength}`;
    case 'ternary':
      return `${part.value.toString(36)}&${part.mask.toString(36)}`;
    case 'range':
      return `${part.low.toString(36)}-${part.high.toString(36)}`;
  }
}

export function usesPriority(table: TableDecl): boolean {
  return table.match === 'ternary' || table.match === 'range';
}

function bad(table: TableDecl, problem: string): P4SwitchError {
  return new P4SwitchError('BAD_MATCH_KEY', `table "${table.name}": ${problem}`);
}
