import type { Capability } from '../capability/token.js';
import { Tokens } from '../capability/tokens.js';
import { Extension, Kind, type Message, Op, Reason } from '../wire/index.js';
import type { MemoryError } from './errors.js';
import { Operation, State } from './operation.js';

/** What needs a right (docs/capabilities.md). FREE does without: the controller looks at it. */
const CAPABLE: ReadonlySet<number> = new Set([Op.READ, Op.WRITE, Op.TRIM, Op.GETS, Op.GETM]);
const REFUSALS: ReadonlySet<number> = new Set([
  Reason.NO_PERMISSION,
  Reason.STALE_CAPABILITY,
  Reason.BAD_CAPABILITY,
]);

export interface EntitlementParts {
  readonly pageSize: number;
  submit(operation: Operation): void;
  /** Send it, now that there is a token. */
  resume(operation: Operation): void;
  /** There is none to be had. */
  fail(operation: Operation, error: MemoryError): void;
}

/**
 * Shows a capability with each request that needs a right, for fabrics with `protection: capability`: asks for one when it is first
 * needed and when one is refused. Operations wait meanwhile; those of one page ask once.
 */
export class Entitlement {
  readonly #tokens = new Tokens();
  /** What was shown with an operation's last attempt. */
  readonly #shown = new WeakMap<Operation, Capability>();
  /** Operations for whose sake a token was asked for anew: if that is refused, too, it was not the token. */
  readonly #renewed = new WeakSet<Operation>();
  /** By page: who waits for a token. */
  readonly #asking = new Map<string, Operation[]>();

  constructor(private readonly parts: EntitlementParts) {}

  /** @returns whether it may be sent; else it waits, and is resumed or failed */
  admits(operation: Operation): boolean {
    if (!CAPABLE.has(operation.op)) return true;
    if (this.#tokens.find(operation.node, operation.start) !== undefined) return true;
    this.#ask(operation);
    return false;
  }

  /** Put the token into a request. */
  fill(operation: Operation, request: Message): void {
    const token = CAPABLE.has(operation.op) ? this.#tokens.find(operation.node, operation.start) : undefined;
    if (token === undefined) return;
    this.#shown.set(operation, token);
    request.extensions |= Extension.CAPABILITY;
    request.rights = token.rights;
    request.range = token.range;
    request.keyEpoch = token.epoch;
    request.domain = 0;
    request.macLow = token.macLow;
    request.macHigh = token.macHigh;
  }

  /**
   * An answer has come. @returns 'renew' if it refuses for want of the right token: the operation is to be sent again, and gets another one before;
   * 'late' if it is about an earlier attempt; undefined if it has nothing to do with tokens, or the newest token does not help
   */
  judge(operation: Operation, answer: Message): 'renew' | 'late' | undefined {
    if (answer.kind !== Kind.NACK || answer.op !== operation.op || !REFUSALS.has(answer.status))
      return undefined;
    const shown = this.#shown.get(operation);
    if (shown === undefined) return undefined;
    // Each chunk of a WRITE is refused by itself.
    if (operation.state !== State.IN_AIR || answer.attempt !== Math.min(operation.attempt, 0xff))
      return 'late';
    const { node, start } = operation;
    const current = this.#tokens.find(node, start);
    if (current !== undefined && isSame(current, shown)) {
      if (this.#renewed.has(operation)) return undefined;
      this.#renewed.add(operation);
      this.#tokens.forget(node, start, current);
    }
    return 'renew';
  }

  #ask(operation: Operation): void {
    const { pageSize } = this.parts;
    const { node } = operation;
    const start = operation.start - (operation.start % pageSize);
    const key = `${node}/${start}`;
    const asking = this.#asking.get(key);
    if (asking !== undefined) {
      asking.push(operation);
      return;
    }
    const waiting = [operation];
    this.#asking.set(key, waiting);
    const done = (error: MemoryError | undefined, answer: Message | undefined): void => {
      this.#asking.delete(key);
      if (answer !== undefined && error === undefined) this.#tokens.add(answer);
      for (const each of waiting) {
        if (error === undefined) this.parts.resume(each);
        else this.parts.fail(each, error);
      }
    };
    this.parts.submit(new Operation(Op.CAPABILITY, node, start, 0, done));
  }
}

function isSame(a: Capability, b: Capability): boolean {
  return a.macLow === b.macLow && a.macHigh === b.macHigh && a.epoch === b.epoch && a.rights === b.rights;
}
