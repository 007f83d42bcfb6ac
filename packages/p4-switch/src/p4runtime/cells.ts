// Indexed resources (specification, "CounterEntry", "MeterEntry", "RegisterEntry").
import type { CounterEntry, Entity, Init, MeterEntry, RegisterEntry, UpdateType } from 'p4runtime-js';
import { type Bindings, type Bound, chosen, find } from './bindings.js';
import { counterData, counterValue } from './counters.js';
import { bitsOf, dataFromBits } from './data.js';
import { onlyModify } from './direct-resources.js';
import { invalid, outOfRange } from './errors.js';
import { colorCounts, colorData, meterConfig } from './meters.js';

interface Cells {
  readonly size: number;
}
interface Index {
  readonly index: bigint;
}

/** What a read means: id 0 is all resources, no index all cells. */
function* readCells<B extends Bound<Cells>>(
  all: ReadonlyMap<number, B>,
  id: number,
  index: Index | null,
  kind: string,
): Generator<{ bound: B; cell: number }> {
  if (id === 0 && index) throw invalid(`a read of every ${kind} cannot have an index`);
  for (const bound of chosen(all, id, kind)) {
    for (const cell of cellsOf(bound, index, kind)) yield { bound, cell };
  }
}

/** One cell, or without an index all of them. @throws P4RuntimeError INVALID_ARGUMENT, OUT_OF_RANGE */
function* cellsOf(bound: Bound<Cells>, index: Index | null, kind: string): Generator<number> {
  const { size } = bound.control;
  if (!index) {
    for (let cell = 0; cell < size; cell++) yield cell;
    return;
  }
  const what = `${kind} ${bound.name} has cells 0..${size - 1}, not ${index.index}`;
  if (index.index < 0n) throw invalid(what);
  if (index.index >= BigInt(size)) throw outOfRange(what);
  yield Number(index.index);
}

export function* readCounters(bindings: Bindings, pattern: CounterEntry): Generator<Init<Entity>> {
  for (const { bound, cell } of readCells(bindings.counters, pattern.counterId, pattern.index, 'counter')) {
    const data = counterData(bound.control.read(cell));
    yield { counterEntry: { counterId: bound.id, index: { index: cell }, data } };
  }
}

/** Without data it changes nothing. */
export function writeCounter(bindings: Bindings, type: UpdateType, entry: CounterEntry): void {
  onlyModify(type, 'counter');
  const bound = find(bindings.counters, entry.counterId, 'counter');
  for (const cell of cellsOf(bound, entry.index, 'counter')) {
    if (entry.data) bound.control.write(cell, counterValue(entry.data));
  }
}

export function* readMeters(bindings: Bindings, pattern: MeterEntry): Generator<Init<Entity>> {
  for (const { bound, cell } of readCells(bindings.meters, pattern.meterId, pattern.index, 'meter')) {
    const config = bound.control.read(cell) ?? null;
    const counts = pattern.counterData ? colorData(bound.control.readColors(cell)) : null;
    yield { meterEntry: { meterId: bound.id, index: { index: cell }, config, counterData: counts } };
  }
}

/** Without a config the limit goes away; without counters they stay. */
export function writeMeter(bindings: Bindings, type: UpdateType, entry: MeterEntry): void {
  onlyModify(type, 'meter');
  const bound = find(bindings.meters, entry.meterId, 'meter');
  const config = entry.config ? meterConfig(entry.config, bound.type, `meter ${bound.name}`) : undefined;
  for (const cell of cellsOf(bound, entry.index, 'meter')) {
    bound.control.write(cell, config);
    if (entry.counterData) bound.control.writeColors(cell, colorCounts(entry.counterData));
  }
}

export function* readRegisters(bindings: Bindings, pattern: RegisterEntry): Generator<Init<Entity>> {
  const { typeInfo } = bindings.p4info;
  for (const { bound, cell } of readCells(
    bindings.registers,
    pattern.registerId,
    pattern.index,
    'register',
  )) {
    const data = dataFromBits(bound.control.read(cell), bound.control.width, bound.type, typeInfo);
    yield { registerEntry: { registerId: bound.id, index: { index: cell }, data } };
  }
}

export function writeRegister(bindings: Bindings, type: UpdateType, entry: RegisterEntry): void {
  onlyModify(type, 'register');
  const bound = find(bindings.registers, entry.registerId, 'register');
  const what = `register ${bound.name}`;
  if (!entry.data) throw invalid(`${what}: the entry has no data`);
  const bits = bitsOf(entry.data, bound.control.width, bound.type, bindings.p4info.typeInfo, what);
  for (const cell of cellsOf(bound, entry.index, 'register')) bound.control.write(cell, bits);
}
