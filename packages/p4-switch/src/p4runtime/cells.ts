import type {
  CounterEntry,
  Entity,
  Init,
  MeterEntry,
  RegisterEntry,
  UpdateType,
  ValueSetEntry,
} from 'p4runtime-js';
import { type Bindings, type Bound, find } from './bindings.js';
import { toWidth } from './bytes.js';
import { bitsOf, dataFromBits } from './data.js';
import { onlyModify } from './direct-resources.js';
import { invalid, outOfRange } from './errors.js';
import { keyOf } from './match.js';
import { counterData } from './tables.js';

interface Cells {
  readonly size: number;
}

/** Indexed resources (specification, "CounterEntry", "MeterEntry", "RegisterEntry"): id 0 is all, no index all cells. */
function* cells<C extends Cells>(
  all: ReadonlyMap<number, Bound<C>>,
  id: number,
  index: { index: bigint } | null,
  kind: string,
): Generator<{ bound: Bound<C>; cell: number }> {
  if (id === 0 && index) throw invalid(`a read of every ${kind} cannot have an index`);
  const chosen = id === 0 ? [...all.values()] : [find(all, id, kind)];
  for (const bound of chosen) {
    if (index) yield { bound, cell: checkedIndex(bound, index.index, kind) };
    else for (let cell = 0; cell < bound.control.size; cell++) yield { bound, cell };
  }
}

function checkedIndex(bound: Bound<Cells>, index: bigint, kind: string): number {
  if (index < 0n || index >= BigInt(bound.control.size)) {
    throw outOfRange(`${kind} ${bound.name} has cells 0..${bound.control.size - 1}, not ${index}`);
  }
  return Number(index);
}

export function* readCounters(bindings: Bindings, pattern: CounterEntry): Generator<Init<Entity>> {
  for (const { bound, cell } of cells(bindings.counters, pattern.counterId, pattern.index, 'counter')) {
    const data = counterData(bound.control.read(cell));
    yield { counterEntry: { counterId: bound.id, index: { index: cell }, data } };
  }
}

export function writeCounter(bindings: Bindings, type: UpdateType, entry: CounterEntry): void {
  onlyModify(type, 'counter');
  const { data } = entry;
  if (!data) throw invalid('a write of a counter needs data');
  for (const { bound, cell } of named(
    cells(bindings.counters, entry.counterId, entry.index, 'counter'),
    entry.counterId,
  )) {
    bound.control.write(cell, { packets: data.packetCount, bytes: data.byteCount });
  }
}

export function* readMeters(bindings: Bindings, pattern: MeterEntry): Generator<Init<Entity>> {
  for (const { bound, cell } of cells(bindings.meters, pattern.meterId, pattern.index, 'meter')) {
    yield { meterEntry: { meterId: bound.id, index: { index: cell }, config: bound.control.read(cell) } };
  }
}

export function writeMeter(bindings: Bindings, type: UpdateType, entry: MeterEntry): void {
  onlyModify(type, 'meter');
  for (const { bound, cell } of named(
    cells(bindings.meters, entry.meterId, entry.index, 'meter'),
    entry.meterId,
  )) {
    bound.control.write(cell, entry.config ?? undefined);
  }
}

export function* readRegisters(bindings: Bindings, pattern: RegisterEntry): Generator<Init<Entity>> {
  for (const { bound, cell } of cells(bindings.registers, pattern.registerId, pattern.index, 'register')) {
    const { control } = bound;
    const type = bindings.registers.get(bound.id)?.type ?? null;
    const data = dataFromBits(control.read(cell), control.width, type, bindings.p4info.typeInfo);
    yield { registerEntry: { registerId: bound.id, index: { index: cell }, data } };
  }
}

export function writeRegister(bindings: Bindings, type: UpdateType, entry: RegisterEntry): void {
  onlyModify(type, 'register');
  const { data } = entry;
  if (!data) throw invalid('a write of a register needs data');
  for (const { bound, cell } of named(
    cells(bindings.registers, entry.registerId, entry.index, 'register'),
    entry.registerId,
  )) {
    bound.control.write(cell, bitsOf(data, bound.control.width, `register ${bound.name}`));
  }
}

/** Writes have to name their object; only reads may mean all of them. */
function named<T>(chosen: T, id: number): T {
  if (id === 0) throw invalid('a write has to name its object by an id');
  return chosen;
}

export function* readValueSets(bindings: Bindings, pattern: ValueSetEntry): Generator<Init<Entity>> {
  const chosen =
    pattern.valueSetId === 0
      ? [...bindings.valueSets.values()]
      : [find(bindings.valueSets, pattern.valueSetId, 'value set')];
  for (const { id, control, match } of chosen) {
    const members = control.members().map((value) => {
      let rest = value;
      const fields = [...match].reverse().map(({ id: fieldId, bitwidth }) => {
        const field = { fieldId, exact: { value: toWidth(rest, bitwidth) } };
        rest >>= BigInt(bitwidth);
        return field;
      });
      return { match: fields.reverse() };
    });
    yield { valueSetEntry: { valueSetId: id, members } };
  }
}

/** MODIFY replaces all members (specification, "ValueSetEntry"). @throws P4RuntimeError */
export function writeValueSet(bindings: Bindings, type: UpdateType, entry: ValueSetEntry): void {
  onlyModify(type, 'value set');
  const set = find(bindings.valueSets, entry.valueSetId, 'value set');
  const members = entry.members.map(({ match }) => {
    const key = keyOf(set.match, match, `value set ${set.name}`);
    return key.reduce((bits, part, i) => {
      if (part.kind !== 'exact') throw invalid(`value set ${set.name}: its members are matched exactly`);
      return (bits << BigInt(set.match[i]!.bitwidth)) | part.value;
    }, 0n);
  });
  set.control.set(members);
}
