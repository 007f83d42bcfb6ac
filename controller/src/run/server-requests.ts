import { wire } from '@bluebridge/memory';
import type { ServerSpec } from '@bluebridge/templates';
import type { CoordinatorTimers } from '../coherence/coordinator.js';
import type { Intent } from '../intent/intent.js';
import type { Outgoing } from '../punt/outcome.js';

/** Milliseconds until an answer is missed: at first, and at the most. */
const FIRST_WAIT = 10;
const LONGEST_WAIT = 500;
const TAGS = 2 ** 32;

export interface ServerRequestsOptions {
  readonly intent: Intent;
  readonly send: (frame: Outgoing) => void;
  readonly timers: CoordinatorTimers;
  /** Of the first tag: a server must not take a request for the repetition of one of another controller. */
  readonly random?: () => number;
}

interface Open {
  readonly request: wire.Message;
  readonly payload: Uint8Array | undefined;
  readonly settle: () => void;
  timer: unknown;
  wait: number;
}

/**
 * What the controller asks of memory servers by itself: as node ffff, which no source guard lets in, out of the server's own port. Every request is repeated until
 * it is answered; a server that is gone is asked until somebody gives up on it.
 */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #open = new Map<number, Open>();
  #tag: number;

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
    this.#tag = Math.floor((options.random ?? Math.random)() * TAGS);
  }

  /** Resolves when the server has answered with a REPLY; a NACK means that it is asked again. */
  ask(server: ServerSpec, fields: Partial<wire.Message>, payload?: Uint8Array): Promise<void> {
    this.#tag = (this.#tag + 1) >>> 0;
    const { prefix } = this.#options.intent.fabric;
    const request = Object.assign(
      new wire.Message(),
      { prefix, kind: wire.Kind.REQUEST, node: server.node, tag: this.#tag },
      { client: wire.ANYCAST_NODE, clientPort: wire.PROBE_PORT },
      fields,
    );
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#options.timers.clearTimeout(open.timer);
        this.#open.delete(request.tag);
        resolve();
      };
      const open: Open = { request, payload, settle, timer: undefined, wait: FIRST_WAIT };
      this.#open.set(request.tag, open);
      this.#send(open);
    });
  }

  /** A server's answer to the fabric. @returns whether somebody had asked for it */
  answered(message: wire.Message): boolean {
    const open = this.#open.get(message.tag);
    if (open === undefined || open.request.node !== message.node || open.request.op !== message.op)
      return false;
    if (message.kind === wire.Kind.REPLY) open.settle();
    return true;
  }

  /** Nothing is repeated any more; what is open stays so. */
  close(): void {
    for (const { timer } of this.#open.values()) this.#options.timers.clearTimeout(timer);
    this.#open.clear();
  }

  #send(open: Open): void {
    const { intent, send, timers } = this.#options;
    const { request, payload } = open;
    const { fabric } = intent;
    const server = intent.server(request.node);
    if (server === undefined) return open.settle(); // it has left the fabric, with all that it held
    const { mac } = fabric.switches.find(({ name }) => name === server.switch) ?? fabric.switches[0]!;
    const [to, from] = [wire.macBytes(server.mac), wire.macBytes(mac)];
    const frame = wire.encodeFrame(request, to, from, payload, fabric.udpPort);
    send({ switch: server.switch, port: server.port, frame });
    open.timer = timers.setTimeout(() => this.#send(open), open.wait);
    open.wait = Math.min(open.wait * 2, LONGEST_WAIT);
  }
}
