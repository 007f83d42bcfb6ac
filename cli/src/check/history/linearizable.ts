import { after, agrees, describe, type Operation } from './operation.js';

export interface Violation {
  readonly register: number;
  /** The first answer that no order of the operations explains. */
  readonly operation: Operation;
  /** What the register could have held at that moment, in the orders that explain everything before it. */
  readonly possible: readonly number[];
  /** The operations that were open then or ended shortly before, in the order in which they began. */
  readonly around: readonly Operation[];
}

export interface Verdict {
  readonly operations: number;
  readonly registers: number;
  readonly violations: readonly Violation[];
}

/** A history that would need more orders at once than this is given up. */
const MOST_CONFIGURATIONS = 20_000;
/** Operations shown with a violation. */
const SHOWN = 12;

/**
 * Whether each register of a history is linearizable (Herlihy and Wing 1990): whether its operations can be put in one order, each at some moment
 * between its beginning and its end, in which every answer is right. An operation without an answer may be in the order or not. Registers are
 * independent, so each is looked at for itself (locality, theorem 1 there).
 *
 * The order is found just in time (Lowe, "Testing for linearizability", 2017): going through the history, an operation is put into the order only when
 * its answer demands it, with those open operations before it that make the answer right. What is kept are all configurations that are possible at
 * that moment: the register's value, and which open operations are in the order already. A read that is right at once is put
 * in place at once, which excludes nothing. The cost is that of the concurrency at one register, not of the history's length.
 * @param initial what every register holds at first
 * @throws RangeError for a history that is too concurrent to be decided
 */
export function checkHistory(history: readonly Operation[], initial = 0): Verdict {
  const byRegister = new Map<number, Operation[]>();
  for (const operation of history) {
    const its = byRegister.get(operation.register);
    if (its) its.push(operation);
    else byRegister.set(operation.register, [operation]);
  }
  const violations: Violation[] = [];
  for (const operations of byRegister.values()) {
    const violation = checkRegister(operations, initial);
    if (violation) violations.push(violation);
  }
  return { operations: history.length, registers: byRegister.size, violations };
}

/** A value, and the open operations (bits of their places) that are in the order already. */
interface Configuration {
  readonly value: number;
  readonly done: bigint;
}

function checkRegister(operations: readonly Operation[], initial: number): Violation | undefined {
  const moments = momentsOf(operations);
  const open = new Open();
  let configurations = new Map<string, Configuration>();
  add(configurations, { value: initial, done: 0n });
  for (const { operation, isEnd } of moments) {
    if (!isEnd) {
      open.begin(operation);
      continue;
    }
    const next = new Map<string, Configuration>();
    const bit = open.bitOf(operation);
    const seen = new Map<string, Configuration>();
    for (const configuration of configurations.values())
      reach(configuration, operation, bit, open, seen, next);
    if (next.size === 0) return violationOf(operation, configurations, operations);
    open.end(operation);
    configurations = next;
  }
  return undefined;
}

/** Every configuration that has `operation` in its order and is reached from this one, without the operation's bit. */
function reach(
  from: Configuration,
  operation: Operation,
  bit: bigint,
  open: Open,
  seen: Map<string, Configuration>,
  found: Map<string, Configuration>,
): void {
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at.done & bit) {
      add(found, { value: at.value, done: at.done & ~bit });
      continue;
    }
    if (!add(seen, at)) continue;
    if (agrees(operation.step, at.value)) {
      add(found, { value: after(operation.step, at.value), done: at.done });
      // A read changes nothing: whoever comes before it may as well come after it.
      if (operation.step.kind === 'read') continue;
    }
    for (const [other, itsBit] of open.entries()) {
      if (at.done & itsBit || other === operation) continue;
      const isAnswered = other.ended !== Number.POSITIVE_INFINITY;
      if (isAnswered && !agrees(other.step, at.value)) continue;
      const value = after(other.step, at.value);
      // What changes nothing can wait for its own answer, unless it would be wrong by then.
      if (value === at.value && !isAnswered) continue;
      waiting.push({ value, done: at.done | itsBit });
    }
  }
}

function add(to: Map<string, Configuration>, configuration: Configuration): boolean {
  const key = `${configuration.value}/${configuration.done}`;
  if (to.has(key)) return false;
  if (to.size >= MOST_CONFIGURATIONS) {
    throw new RangeError(
      `more than ${MOST_CONFIGURATIONS} orders are possible at one moment: too many operations at one register at once, or too many without an answer`,
    );
  }
  to.set(key, configuration);
  return true;
}

/** Operations that have begun and not ended, each with a bit; bits are used again. */
class Open {
  readonly #bits = new Map<Operation, bigint>();
  readonly #free: bigint[] = [];
  #next = 1n;

  begin(operation: Operation): void {
    // A read that was never answered says nothing.
    if (operation.step.kind === 'read' && operation.ended === Number.POSITIVE_INFINITY) return;
    let bit = this.#free.pop();
    if (bit === undefined) {
      bit = this.#next;
      this.#next <<= 1n;
    }
    this.#bits.set(operation, bit);
  }

  end(operation: Operation): void {
    this.#free.push(this.bitOf(operation));
    this.#bits.delete(operation);
  }

  bitOf(operation: Operation): bigint {
    return this.#bits.get(operation)!;
  }

  entries(): Iterable<[Operation, bigint]> {
    return this.#bits;
  }
}

interface Moment {
  readonly at: number;
  readonly operation: Operation;
  readonly isEnd: boolean;
}

/** Beginnings and ends in order; a beginning and an end at the same moment overlap. */
function momentsOf(operations: readonly Operation[]): Moment[] {
  const moments: Moment[] = [];
  for (const operation of operations) {
    if (!(operation.began <= operation.ended)) {
      throw new RangeError(`an operation ends before it begins: ${describe(operation)}`);
    }
    moments.push({ at: operation.began, operation, isEnd: false });
    if (operation.ended !== Number.POSITIVE_INFINITY)
      moments.push({ at: operation.ended, operation, isEnd: true });
  }
  return moments.sort((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
}

function violationOf(
  operation: Operation,
  configurations: ReadonlyMap<string, Configuration>,
  operations: readonly Operation[],
): Violation {
  const around = operations
    .filter(({ began, ended }) => began <= operation.ended && ended >= operation.began)
    .concat(operations.filter(({ ended }) => ended < operation.began).slice(-SHOWN))
    .sort((a, b) => a.began - b.began)
    .slice(-2 * SHOWN);
  const possible = [...new Set([...configurations.values()].map(({ value }) => value))];
  return { register: operation.register, operation, possible, around };
}
