import { storeWords, wordCount } from '../bits/words.js';
import type { Meter } from '../externs/meter.js';
import type { Action, EntryKey } from '../ir/program.js';
import type { CounterValue, MeterConfig } from '../switch/control-plane.js';

/** An action with its data: as integers for the interpreter, as words (parameter after parameter) for generated code. */
export class BoundAction {
  readonly words: Uint32Array;
  readonly actionIndex: number;

  constructor(
    readonly action: Action,
    readonly data: readonly bigint[],
  ) {
    this.actionIndex = action.index;
    const counts = action.params.map((param) => wordCount(param.width));
    this.words = new Uint32Array(counts.reduce((sum, count) => sum + count, 0));
    let at = 0;
    for (const [index, count] of counts.entries()) {
      storeWords(this.words, at, count, data[index]!);
      at += count;
    }
  }
}

export class Member {
  /** How many entries and group places point here. */
  uses = 0;
  constructor(
    readonly id: number,
    public bound: BoundAction,
  ) {}
}

export class Group {
  uses = 0;
  constructor(
    readonly id: number,
    public members: readonly Member[],
  ) {}
}

export type Target = BoundAction | Member | Group;

const MASK64 = (1n << 64n) - 1n;

/** Direct counter and meter of an entry or of a default entry. The hot path adds to the doubles in place. */
export class DirectResources {
  packets = 0;
  bytes = 0;
  private base: CounterValue = { packets: 0n, bytes: 0n };
  /** There from the start where the table has one; without a configuration it marks green. */
  meter: Meter | undefined;

  get counter(): CounterValue {
    return {
      packets: (this.base.packets + BigInt(this.packets)) & MASK64,
      bytes: (this.base.bytes + BigInt(this.bytes)) & MASK64,
    };
  }

  setCounter(value: CounterValue): void {
    this.base = value;
    this.packets = 0;
    this.bytes = 0;
  }

  /** Whether packets that miss are metered, too. */
  get isMetered(): boolean {
    return this.meter?.configuration !== undefined;
  }

  get meterConfig(): MeterConfig | undefined {
    return this.meter?.configuration;
  }
}

export class TableEntry extends DirectResources {
  /** Milliseconds; 0: never idle. */
  idleTimeout = 0;
  /** Microseconds of the environment's clock. */
  lastHit = 0;
  /** Next entry with the same masked key words, of lower precedence (see TupleSpace). */
  nextInBucket: TableEntry | undefined;

  constructor(
    readonly handle: number,
    readonly key: readonly EntryKey[],
    readonly priority: number,
    public target: Target,
    readonly isConst: boolean,
  ) {
    super();
  }
}

/** Does `a` win over `b` when both match? The larger priority, then the older entry. */
export function precedes(a: TableEntry, b: TableEntry): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.handle < b.handle;
}
