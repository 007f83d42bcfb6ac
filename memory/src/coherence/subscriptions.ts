import type { ClientCore } from '../client/core.js';
import type { MemoryError } from '../client/errors.js';
import { Operation } from '../client/operation.js';
import { Extension, type Message, Op } from '../wire/index.js';

export interface SubscriptionParts {
  readonly core: ClientCore;
  readonly pageSize: number;
  readonly counters: { notices: number };
  readonly now: () => number;
  session(node: number): { readonly epoch: number; isLive(now: number): boolean; want(now: number): void };
}

/** Somebody who wants to be told that a page may have changed. */
export interface Subscriber {
  readonly node: number;
  /** Of the page, bytes. */
  readonly start: number;
  readonly changed: () => void;
  /** What the directory had counted when it last spoke; undefined: it has not spoken yet. */
  changes: number | undefined;
  /** The first answer, or why there is none. Called once. */
  begun: ((error: MemoryError | undefined) => void) | undefined;
  operation: Operation | undefined;
}

/** Milliseconds after which a subscription is asked for anew: a notice may get lost, and a directory entry may begin anew. */
const RENEW_AFTER = 1000;

/** Pages whose changes are told (docs/coherence.md, SUBSCRIBE and NOTIFY). A lost notice is made up for by the next asking. */
export class Subscriptions {
  readonly #subscribers = new Set<Subscriber>();
  nextDeadline = Number.POSITIVE_INFINITY;

  constructor(private readonly parts: SubscriptionParts) {}

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#ask(subscriber);
  }

  remove(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return;
    const { node, start } = subscriber;
    const { core, now } = this.parts;
    if (subscriber.operation !== undefined) core.drop(subscriber.operation, now());
    if (this.#subscribers.size === 0) this.nextDeadline = Number.POSITIVE_INFINITY;
    const isWanted = [...this.#subscribers].some((other) => other.node === node && other.start === start);
    if (!isWanted && this.parts.session(node).isLive(now())) this.#send(node, start, 0, () => {});
  }

  /** The session has begun, or it is time: ask for everything anew. */
  renew(now: number): void {
    for (const subscriber of this.#subscribers) this.#ask(subscriber);
    this.nextDeadline = this.#subscribers.size === 0 ? Number.POSITIVE_INFINITY : now + RENEW_AFTER;
  }

  tick(now: number): void {
    if (now >= this.nextDeadline) this.renew(now);
  }

  notice({ node, offsetInNode, number, region }: Message): void {
    this.parts.counters.notices++;
    const size = Math.max(2 ** region, this.parts.pageSize);
    const first = offsetInNode - (offsetInNode % size);
    for (const subscriber of this.#subscribers) {
      if (subscriber.node !== node || subscriber.start < first || subscriber.start >= first + size) continue;
      subscriber.changes = number;
      subscriber.changed();
    }
  }

  #ask(subscriber: Subscriber): void {
    const { node, start } = subscriber;
    const now = this.parts.now();
    this.nextDeadline = Math.min(this.nextDeadline, now + RENEW_AFTER);
    if (subscriber.operation !== undefined) return;
    const session = this.parts.session(node);
    if (!session.isLive(now)) {
      session.want(now); // `renew` follows when it has begun
      return;
    }
    subscriber.operation = this.#send(node, start, 1, (error, answer) => {
      subscriber.operation = undefined;
      if (error?.code === 'STALE_EPOCH') return; // asked again in the next session
      if (error === undefined) {
        const { changes } = subscriber;
        subscriber.changes = answer!.number;
        if (changes !== undefined && changes !== answer!.number) subscriber.changed();
      }
      const { begun } = subscriber;
      subscriber.begun = undefined;
      if (error !== undefined && begun !== undefined) this.#subscribers.delete(subscriber);
      begun?.(error);
    });
  }

  #send(node: number, start: number, flags: number, done: Operation['done']): Operation {
    const { core, pageSize, now } = this.parts;
    const { epoch } = this.parts.session(node);
    const fill = (request: Message): void => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      request.clearCoherence();
    };
    const extended = { fill, isForgotten: true };
    const operation = new Operation(
      ...([Op.SUBSCRIBE, node, start, pageSize, done] as const),
      ...([undefined, flags, 0, extended] as const),
    );
    core.submit(operation, now());
    return operation;
  }
}
