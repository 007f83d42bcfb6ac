// Cells of arrays (counters, meters, registers) and the direct counters and meters of table entries. Without an index
// an entity is a pattern for every cell, without an object for every array.
import { within } from '../errors/within.js';
import { Entity } from '../messages.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import { type DataInput, encodeData } from './data.js';
import {
  type CounterValue,
  type MeterValue,
  type TableEntrySpec,
  type TablePattern,
  tableEntry,
  tablePattern,
} from './table-entry.js';

const cell = (index: number | bigint | undefined) => (index === undefined ? null : { index });

/** @throws P4RuntimeError NOT_FOUND for a counter that the program does not have */
export function counterEntry(
  index: P4InfoIndex,
  spec: {
    readonly counter?: string | number;
    readonly index?: number | bigint;
    readonly value?: CounterValue;
  } = {},
): Entity {
  const counterId = spec.counter === undefined ? 0 : index.counters.get(spec.counter).id;
  const { value } = spec;
  const data = value && { packetCount: value.packets ?? 0n, byteCount: value.bytes ?? 0n };
  return Entity.from({ counterEntry: { counterId, index: cell(spec.index), data } });
}

/** @throws P4RuntimeError NOT_FOUND for a meter that the program does not have */
export function meterEntry(
  index: P4InfoIndex,
  spec: {
    readonly meter?: string | number;
    readonly index?: number | bigint;
    readonly value?: MeterValue;
    /** Whether to read what the meter counted by color, of targets that can. */
    readonly counters?: boolean;
  } = {},
): Entity {
  const meterId = spec.meter === undefined ? 0 : index.meters.get(spec.meter).id;
  const counterData = spec.counters ? {} : null;
  return Entity.from({ meterEntry: { meterId, index: cell(spec.index), config: spec.value, counterData } });
}

/** The direct counter of one entry, or of all entries that a pattern matches. @throws as `tableEntry` */
export function directCounterEntry(
  index: P4InfoIndex,
  spec: TableEntrySpec | TablePattern,
  value?: CounterValue,
): Entity {
  const data = value && { packetCount: value.packets ?? 0n, byteCount: value.bytes ?? 0n };
  return Entity.from({ directCounterEntry: { tableEntry: keyOf(index, spec, value !== undefined), data } });
}

/** The direct meter of one entry, or of all entries that a pattern matches. @throws as `tableEntry` */
export function directMeterEntry(
  index: P4InfoIndex,
  spec: TableEntrySpec | TablePattern,
  value?: MeterValue,
): Entity {
  return Entity.from({
    directMeterEntry: { tableEntry: keyOf(index, spec, value !== undefined), config: value },
  });
}

function keyOf(index: P4InfoIndex, spec: TableEntrySpec | TablePattern, whole: boolean) {
  return whole
    ? tableEntry(index, spec as TableEntrySpec).tableEntry
    : tablePattern(index, spec as TablePattern).tableEntry;
}

/**
 * @throws P4RuntimeError NOT_FOUND for a register that the program does not have, INVALID_ARGUMENT or OUT_OF_RANGE for
 * a value that is not of its type
 */
export function registerEntry(
  index: P4InfoIndex,
  spec: {
    readonly register?: string | number;
    readonly index?: number | bigint;
    readonly value?: DataInput;
  } = {},
): Entity {
  const register = spec.register === undefined ? undefined : index.registers.get(spec.register);
  const { value } = spec;
  const data =
    register && value !== undefined
      ? within(`register ${register.name}`, () => encodeData(register.typeSpec, value, index.p4info.typeInfo))
      : null;
  return Entity.from({ registerEntry: { registerId: register?.id ?? 0, index: cell(spec.index), data } });
}
