import type { Entity, Init, UpdateType, ValueSetEntry } from 'p4runtime-js';
import { type Bindings, type BoundValueSet, chosen, find } from './bindings.js';
import { toBytes } from './bytes.js';
import { onlyModify } from './direct-resources.js';
import { alreadyExists, exhausted, unimplemented } from './errors.js';
import { keyOf } from './match.js';

export function* readValueSets(bindings: Bindings, pattern: ValueSetEntry): Generator<Init<Entity>> {
  for (const set of chosen(bindings.valueSets, pattern.valueSetId, 'value set')) {
    const members = set.control.members().map((value) => ({ match: fieldsOf(set, value) }));
    yield { valueSetEntry: { valueSetId: set.id, members } };
  }
}

/** A member's bits, cut into its fields. */
function fieldsOf(set: BoundValueSet, value: bigint) {
  let rest = value;
  const fields = [...set.match].reverse().map(({ id: fieldId, bitwidth }) => {
    const field = { fieldId, exact: { value: toBytes(BigInt.asUintN(bitwidth, rest)) } };
    rest >>= BigInt(bitwidth);
    return field;
  });
  return fields.reverse();
}

/** MODIFY replaces all members (specification, "ValueSetEntry"). @throws P4RuntimeError */
export function writeValueSet(bindings: Bindings, type: UpdateType, entry: ValueSetEntry): void {
  onlyModify(type, 'value set');
  const set = find(bindings.valueSets, entry.valueSetId, 'value set');
  const what = `value set ${set.name}`;
  if (set.size > 0 && entry.members.length > set.size) {
    throw exhausted(`${what}: it has room for ${set.size} members, not ${entry.members.length}`);
  }
  const members = new Set<bigint>();
  for (const { match } of entry.members) {
    const bits = keyOf(set.match, match, what).reduce((sum, part, i) => {
      if (part.kind !== 'exact')
        throw unimplemented(`${what}: only exact matches are supported in value sets`);
      return (sum << BigInt(set.match[i]!.bitwidth)) | part.value;
    }, 0n);
    if (members.has(bits))
      throw alreadyExists(`${what}: the member 0x${bits.toString(16)} stands there twice`);
    members.add(bits);
  }
  set.control.set([...members]);
}
