import { performance } from 'node:perf_hooks';
import { Code, toCode } from '../errors/code.js';
import { type Init, type Update, UpdateType } from '../messages.js';
import type {
  CallEvent,
  EntityKind,
  MethodName,
  Observer,
  SessionEvent,
  StreamEvent,
  UpdatesEvent,
} from './observer.js';

/** The side of an observer that this package calls: never throws, and costs next to nothing without one. */
export class Watch {
  readonly #observer: Observer | undefined;
  #warned = false;

  constructor(observer: Observer | undefined) {
    this.#observer = observer;
  }

  /** @returns what to call when the call ended, with what was thrown or undefined */
  call(method: MethodName): (thrown: unknown) => void {
    if (!this.#observer?.call) return () => {};
    const start = performance.now();
    return (thrown) => {
      const event: CallEvent = { method, code: codeOf(thrown), durationMs: performance.now() - start };
      this.#tell(() => this.#observer!.call!(event));
    };
  }

  /** @param codeAt the outcome of each update by its position */
  updates(updates: readonly Init<Update>[], codeAt: (index: number) => Code): void {
    if (!this.#observer?.updates) return;
    const counts = new Map<string, { -readonly [K in keyof UpdatesEvent]: UpdatesEvent[K] }>();
    updates.forEach((update, index) => {
      const event = { type: typeOf(update), kind: kindOf(update), code: codeAt(index), count: 1 };
      const key = `${event.type} ${event.kind} ${event.code}`;
      const known = counts.get(key);
      if (known) known.count++;
      else counts.set(key, event);
    });
    for (const event of counts.values()) this.#tell(() => this.#observer!.updates!(event));
  }

  stream(direction: StreamEvent['direction'], kind: StreamEvent['kind'] | undefined): void {
    if (this.#observer?.stream)
      this.#tell(() => this.#observer!.stream!({ direction, kind: kind ?? 'none' }));
  }

  session(event: SessionEvent): void {
    if (this.#observer?.session) this.#tell(() => this.#observer!.session!(event));
  }

  #tell(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      if (this.#warned) return;
      this.#warned = true;
      process.emitWarning(`an observer of p4runtime-js threw: ${String(thrown)}`, 'P4RuntimeObserver');
    }
  }
}

/** Of anything thrown by a call: OK for undefined. */
export function codeOf(thrown: unknown): Code {
  if (thrown === undefined) return Code.OK;
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? toCode(code) : Code.UNKNOWN;
}

const ENTITY_KINDS: readonly EntityKind[] = [
  'tableEntry',
  'actionProfileMember',
  'actionProfileGroup',
  'meterEntry',
  'directMeterEntry',
  'counterEntry',
  'directCounterEntry',
  'packetReplicationEngineEntry',
  'valueSetEntry',
  'registerEntry',
  'digestEntry',
  'externEntry',
];

/** Of an update as one may write it down, with or without the name of its oneof. */
export function kindOf({ entity }: Init<Update>): EntityKind {
  if (!entity) return 'none';
  return ENTITY_KINDS.find((kind) => kind !== 'none' && entity[kind] != null) ?? 'none';
}

function typeOf({ type }: Init<Update>): UpdatesEvent['type'] {
  if (type === UpdateType.INSERT) return 'INSERT';
  if (type === UpdateType.MODIFY) return 'MODIFY';
  return type === UpdateType.DELETE ? 'DELETE' : 'UNSPECIFIED';
}
