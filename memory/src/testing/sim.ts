import { type FrameHandler, formatMac, type Wire, type WireStats } from 'ethernet-wire';
import type { Timers } from '../client/options.js';
import { ANYCAST_NODE, decodeFrame, encodeFrame, Message, macBytes, Op } from '../wire/index.js';

/** Time that passes only when told to: everything due at a moment runs, then promises, then the next moment comes. */
export class SimTime implements Timers {
  now = 0;
  readonly #events: { at: number; order: number; run: () => void; cancelled: boolean }[] = [];
  #order = 0;

  readonly clock = (): number => this.now;

  setTimeout(run: () => void, milliseconds: number): unknown {
    const event = { at: this.now + milliseconds, order: this.#order++, run, cancelled: false };
    let i = this.#events.length;
    while (i > 0 && this.#events[i - 1]!.at > event.at) i--;
    this.#events.splice(i, 0, event);
    return event;
  }

  clearTimeout(timer: unknown): void {
    if (timer !== undefined) (timer as { cancelled: boolean }).cancelled = true;
  }

  /** Let time pass until the promise is settled. @throws if nothing is left that could settle it */
  async until<Result>(promise: Promise<Result>): Promise<Result> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      if (!this.#step()) throw new Error('a promise hangs: nothing is due any more');
    }
  }

  /** Let so much time pass. */
  async pass(milliseconds: number): Promise<void> {
    let over = false;
    this.setTimeout(() => {
      over = true;
    }, milliseconds);
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#step();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Everything due at the next moment. */
  #step(): boolean {
    while (this.#events[0]?.cancelled) this.#events.shift();
    const first = this.#events[0];
    if (first === undefined) return false;
    this.now = first.at;
    while (this.#events[0] !== undefined && this.#events[0].at <= this.now) {
      const event = this.#events.shift()!;
      if (!event.cancelled) event.run();
    }
    return true;
  }
}

export function macOf(node: number): string {
  const hex = node.toString(16).padStart(4, '0');
  return `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`;
}

export interface Impairments {
  /** Shares from 0 to 1. */
  loss?: number;
  duplicate?: number;
  /** Milliseconds: every copy of a frame takes `delay` plus up to `spread`, so frames overtake one another. */
  delay?: number;
  spread?: number;
}

export const GATEWAY_MAC = macBytes('02:00:00:00:ff:ff');

/**
 * A fabric in simulated time, without a switch program: requests are routed by their node, answers by MAC address, and
 * an ALLOC to the fabric goes round the servers, the same tag always to the same one.
 */
export class SimFabric {
  readonly #ports = new Map<string, SimWire>();
  readonly #servers = new Map<number, SimWire>();
  readonly #placed = new Map<string, SimWire>();
  #turn = 0;
  /** May change a frame, swallow it (undefined), or answer it in the fabric's name. */
  onRequest: (request: Message, frame: Uint8Array) => Message | 'drop' | undefined = () => undefined;
  /** The server that has moved addresses, by its node. */
  homeOf: (node: number, offset: number) => number = (node) => node;
  /** Whether an answer gets through. */
  onReply: (answer: Message) => boolean = () => true;
  framesLost = 0;

  constructor(
    readonly time: SimTime,
    readonly random: () => number,
    public impairments: Impairments = {},
  ) {}

  /** Plug something in: a server if it has a node to be found by. */
  plug(mac: string, serverNode?: number): Wire {
    const wire = new SimWire(mac, (frame) => this.#carry(frame));
    this.#ports.set(mac, wire);
    if (serverNode !== undefined) this.#servers.set(serverNode, wire);
    return wire;
  }

  unplug(mac: string): void {
    this.#ports.get(mac)!.plugged = false;
  }

  /** A frame from nowhere, routed like any other. */
  inject(frame: Uint8Array): void {
    this.#deliver(frame);
  }

  /** Bytes from nowhere, at once, to a client by its node. */
  deliver(client: number, frame: Uint8Array): void {
    this.#ports.get(macOf(client))?.arrive(frame);
  }

  /** An answer from nowhere, at once, to the client it names or else to client 1. */
  answer(message: Message, payload?: Uint8Array): void {
    const to = this.#ports.has(macOf(message.client)) ? message.client : 1;
    this.deliver(to, encodeFrame(message, macBytes(macOf(to)), GATEWAY_MAC, payload));
  }

  #carry(frame: Uint8Array): void {
    const { loss = 0, duplicate = 0, delay = 0.05, spread = 0 } = this.impairments;
    const copies = this.random() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.random() < loss) {
        this.framesLost++;
        continue;
      }
      this.time.setTimeout(() => this.#deliver(frame), delay + spread * this.random());
    }
  }

  #deliver(frame: Uint8Array): void {
    const message = new Message();
    const isMessage = decodeFrame(frame, message) === undefined;
    if (!isMessage || message.kind !== 1) {
      if (isMessage && !this.onReply(message)) return;
      this.#ports.get(formatMac(frame, 0))?.arrive(frame);
      return;
    }
    const verdict = this.onRequest(message, frame);
    if (verdict === 'drop') return;
    if (verdict !== undefined) {
      const answer = encodeFrame(verdict, frame.subarray(6, 12), GATEWAY_MAC);
      this.#ports.get(formatMac(frame, 6))?.arrive(answer);
      return;
    }
    // What is not sent to the gateway goes where it is sent: the controller speaks to servers itself.
    const direct = this.#ports.get(formatMac(frame, 0));
    const home = this.homeOf(message.node, message.offsetInNode);
    const server = direct ?? (message.node === ANYCAST_NODE ? this.#place(message) : this.#servers.get(home));
    if (server === undefined) return;
    const routed = frame.slice();
    routed.set(macBytes(server.name), 0);
    server.arrive(routed);
  }

  #place({ op, client, tag }: Message): SimWire | undefined {
    if (op !== Op.ALLOC) return undefined;
    const key = `${client}/${tag}`;
    let server = this.#placed.get(key);
    if (server === undefined) {
      server = [...this.#servers.values()][this.#turn++ % this.#servers.size]!;
      this.#placed.set(key, server);
    }
    return server;
  }
}

class SimWire implements Wire {
  readonly maxFrame = 1514;
  readonly stats: WireStats = {
    rxFrames: 0,
    rxBytes: 0,
    rxDropped: 0,
    txFrames: 0,
    txBytes: 0,
    txDropped: 0,
  };
  plugged = true;
  #handler: FrameHandler = () => {};

  constructor(
    readonly name: string,
    private readonly carry: (frame: Uint8Array) => void,
  ) {}

  send(frame: Uint8Array): boolean {
    if (!this.plugged) return false;
    this.stats.txFrames++;
    this.carry(frame.slice());
    return true;
  }

  arrive(frame: Uint8Array): void {
    if (!this.plugged) return;
    this.stats.rxFrames++;
    this.#handler([frame]);
  }

  flush(): void {}

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
  }

  onError(): void {}

  async close(): Promise<void> {
    this.plugged = false;
  }
}
