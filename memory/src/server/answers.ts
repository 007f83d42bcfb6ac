import { type Message, type MovedAnswer, Op } from '../wire/index.js';

/** What was answered to one request. */
export interface Answered {
  readonly op: number;
  readonly askedHigh: number;
  readonly askedLow: number;
  readonly askedLength: number;
  /** Session of the client; part of the question where only an owner may ask, in its session. */
  readonly epoch: number;
  readonly kind: number;
  readonly status: number;
  readonly pointerHigh: number;
  readonly pointerLow: number;
  readonly length: number;
  /** Of the stamp, for ALLOC and FREE. */
  readonly generation: number;
  /** Milliseconds, the server's clock. */
  readonly at: number;
}

export interface AnswerLimits {
  /** Answers remembered for each client. A client keeps its open requests to one server within half of this. */
  answersPerClient: number;
  clients: number;
  /** Milliseconds: longer than any client repeats a request and any frame stays on its way. */
  maxAge: number;
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { answersPerClient: 2048, clients: 512, maxAge: 60_000 };

/** Tags this far from what was forgotten belong to another life of the client, not to its past. */
const HORIZON = 2 ** 20;

class ClientMemory {
  readonly answers = new Map<number, Answered>();
  lastUsed = 0;
  /** Tags in the order of their answers: a ring, because the oldest key of a Map costs a walk over what was deleted. */
  readonly #ring: number[] = [];
  #head = 0;
  /** The tags forgotten of late, as a range in serial arithmetic (RFC 1982). */
  #from = 0;
  #to = 0;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: AnswerLimits) {}

  add(tag: number, answered: Answered, now: number): void {
    const { answersPerClient, maxAge } = this.limits;
    this.lastUsed = now;
    const isNew = !this.answers.has(tag);
    this.answers.set(tag, answered);
    if (!isNew) return; // it keeps its place
    if (this.answers.size > answersPerClient) this.#forgetOldest(now);
    this.#ring[(this.#head + this.answers.size - 1) % answersPerClient] = tag;
    for (let oldest = this.#oldest(); now - oldest.at > maxAge; oldest = this.#oldest())
      this.#forgetOldest(now);
  }

  #oldest(): Answered {
    return this.answers.get(this.#ring[this.#head]!)!;
  }

  #forgetOldest(now: number): void {
    const { answersPerClient, maxAge } = this.limits;
    const tag = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) % answersPerClient;
    this.answers.delete(tag);
    const ahead = (tag - this.#to) | 0;
    const known = now - this.#forgotAt <= maxAge && Math.abs(ahead) < HORIZON;
    this.#forgotAt = now;
    if (!known) {
      this.#from = tag;
      this.#to = tag;
      return;
    }
    if (ahead > 0) this.#to = tag;
    if (((tag - this.#from) | 0) < 0) this.#from = tag;
    if ((this.#to - this.#from) >>> 0 > HORIZON) this.#from = (this.#to - HORIZON) >>> 0;
  }

  forgot(tag: number, now: number): boolean {
    if (now - this.#forgotAt > this.limits.maxAge) return false;
    return (tag - this.#from) >>> 0 <= (this.#to - this.#from) >>> 0;
  }
}

/**
 * Remembers what was answered, by (client node, tag), so that an operation which is repeated takes effect once. Bounded in
 * answers, clients and age; a tag whose answer had to be forgotten is known to be stale and is never carried out.
 */
export class AnswerMemory {
  readonly #clients = new Map<number, ClientMemory>();

  constructor(private readonly limits: AnswerLimits = DEFAULT_ANSWER_LIMITS) {}

  /** Answers remembered. */
  get size(): number {
    let sum = 0;
    for (const { answers } of this.#clients.values()) sum += answers.size;
    return sum;
  }

  /**
   * @returns the answer if `request` was answered before; 'stale' if that may be so but the answer is forgotten; 'full' if
   * there is no room to remember this client; undefined if the request is new. The same tag with another
   * question is new: a client that was restarted may come upon a tag of its former life.
   */
  recall(request: Message, now: number): Answered | 'stale' | 'full' | undefined {
    const client = this.#clients.get(request.client);
    if (client === undefined) return this.#makeRoom(now) ? undefined : 'full';
    const answered = client.answers.get(request.tag);
    if (answered !== undefined) return isAnswerTo(answered, request) ? answered : undefined;
    return client.forgot(request.tag, now) ? 'stale' : undefined;
  }

  remember(request: Message, answer: Message, generation: number, now: number): void {
    const client = this.#clientMemory(request.client);
    const answered: Answered = {
      op: request.op,
      askedHigh: request.pointerHigh,
      askedLow: request.pointerLow,
      askedLength: request.length,
      epoch: request.epoch,
      kind: answer.kind,
      status: answer.status,
      pointerHigh: answer.pointerHigh,
      pointerLow: answer.pointerLow,
      length: answer.length,
      generation,
      at: now,
    };
    client.add(request.tag, answered, now);
  }

  #clientMemory(node: number): ClientMemory {
    let client = this.#clients.get(node);
    if (client === undefined) {
      client = new ClientMemory(this.limits);
      this.#clients.set(node, client);
    }
    return client;
  }

  /** What was answered to WRITEs and TRIMs of a range and may still be asked again, the oldest first. */
  within(start: number, length: number, now: number): MovedAnswer[] {
    const found: MovedAnswer[] = [];
    for (const [client, { answers }] of this.#clients) {
      for (const [tag, { op, kind, status, askedHigh, askedLow, askedLength, at }] of answers) {
        const pointer = askedHigh * 2 ** 32 + askedLow;
        const isInside = pointer >= start && pointer < start + length;
        const age = Math.max(0, Math.round(now - at));
        if (!isInside || age > this.limits.maxAge || (op !== Op.WRITE && op !== Op.TRIM)) continue;
        const asked = { pointerHigh: askedHigh, pointerLow: askedLow, length: askedLength };
        found.push({ client, op, kind, status, tag, ...asked, age });
      }
    }
    return found.sort((a, b) => b.age - a.age);
  }

  /** Take over what another server answered. */
  learn(
    { client, tag, op, kind, status, pointerHigh, pointerLow, length, age }: MovedAnswer,
    now: number,
  ): void {
    if (!this.#clients.has(client) && !this.#makeRoom(now)) return;
    const asked = { askedHigh: pointerHigh, askedLow: pointerLow, askedLength: length };
    const answered = {
      op,
      ...asked,
      epoch: 0, // no part of the question of a WRITE or TRIM
      kind,
      status,
      pointerHigh,
      pointerLow,
      length,
      generation: 0,
      at: now - age,
    };
    this.#clientMemory(client).add(tag, answered, now);
  }

  /** Room for one more client, if need be by forgetting one that has been silent for longer than anything is repeated. */
  #makeRoom(now: number): boolean {
    if (this.#clients.size < this.limits.clients) return true;
    for (const [node, client] of this.#clients) {
      if (now - client.lastUsed <= this.limits.maxAge) continue;
      this.#clients.delete(node);
      return true;
    }
    return false;
  }
}

function isAnswerTo(answered: Answered, request: Message): boolean {
  return (
    answered.op === request.op &&
    answered.askedLow === request.pointerLow &&
    answered.askedHigh === request.pointerHigh &&
    answered.askedLength === request.length &&
    (answered.epoch === request.epoch || (request.op !== Op.WRITEBACK && request.op !== Op.FORWARD))
  );
}
