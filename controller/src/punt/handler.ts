import { wire } from '@bluebridge/memory';
import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { LRUCache } from 'lru-cache';
import type { AllocationEffect, Allocations } from '../intent/allocations.js';
import type { Intent } from '../intent/intent.js';
import type { Range } from '../intent/ranges.js';
import type { Outcome, Outgoing, Punted, PuntResult } from './outcome.js';
import { Placement } from './placement.js';

/** Answered FREEs that are remembered: a repetition finds no permission any more and comes here. */
const REMEMBERED_FREES = 65_536;

/**
 * Decides what a frame that the P4 program sent up means (docs/protocol.md, "What the controller does"). It changes the
 * intent and says which frames may leave once the switch has the entries; it does no I/O. Frames are hostile: whatever they
 * say is checked against the fabric and the intent.
 */
export class PuntHandler {
  private readonly allocations: Allocations;
  private readonly placement: Placement;
  private readonly frees = new LRUCache<string, Outgoing>({ max: REMEMBERED_FREES });
  private readonly page: bigint;
  /** `switch:port` of every port that leads to another switch. */
  private readonly trunks: ReadonlySet<string>;
  /** Of the FREEs that the controller sends by itself. Each is a request of its own, so each has a tag of its own. */
  private ownTag: number;

  constructor(
    private readonly intent: Intent,
    random: () => number = Math.random,
  ) {
    this.ownTag = Math.floor(random() * 2 ** 32);
    this.allocations = intent.allocations;
    this.placement = new Placement(intent);
    this.page = BigInt(intent.spec.pageSize);
    this.trunks = new Set(
      intent.spec.links.flatMap(({ ends }) => ends.map(({ switch: at, port }) => `${at}:${port}`)),
    );
  }

  private get fabric(): Fabric {
    return this.intent.fabric;
  }

  handle({ frame, switch: at, ingressPort }: Punted): Outcome {
    const message = new wire.Message();
    const defect = wire.decodeFrame(frame, message, {
      prefix: this.fabric.prefix,
      port: this.fabric.udpPort,
    });
    if (defect) return dropped('malformed', wire.describeDefect(defect, frame));
    const client = this.intent.client(message.client);
    if (!client) return dropped('malformed', `node ${message.client} is no client of this fabric`);
    if (message.kind === wire.Kind.REPLY) return this.reply(message, frame, client);
    const own = at === client.switch && ingressPort === client.port;
    // What comes by a trunk another switch of the fabric has let in: it stood at the right port there.
    if (message.kind !== wire.Kind.REQUEST || !(own || this.trunks.has(`${at}:${ingressPort}`))) {
      return dropped('malformed', `${message} came from port ${ingressPort} of ${at}`);
    }
    switch (message.op) {
      case wire.Op.ALLOC:
        return this.place(message, client);
      case wire.Op.GRANT:
      case wire.Op.REVOKE:
        return this.share(message, client);
      case wire.Op.FREE:
        return this.freeAgain(message, client);
      default:
        return this.refuse(message, client, wire.Reason.BAD_OPERATION);
    }
  }

  private place(message: wire.Message, client: ClientSpec): Outcome {
    if (message.length < 1 || message.length > wire.MAX_ALLOCATION) {
      return this.refuse(message, client, wire.Reason.BAD_LENGTH);
    }
    const size = this.allocationSize(message.length);
    const server = this.chooseServer(message, client, size);
    if (typeof server === 'number') return this.refuse(message, client, server);
    message.node = server.node;
    const detail = `${message.length} bytes for ${client.name} on ${server.name}`;
    return { what: 'placed', detail, effects: [], send: [this.frameTo(server, message)] };
  }

  /** The server that the client names, or the one that has room; else the reason why there is none. */
  private chooseServer({ node, tag }: wire.Message, client: ClientSpec, size: bigint): ServerSpec | number {
    if (node === wire.ANYCAST_NODE) {
      return this.placement.place(client.node, tag, size) ?? wire.Reason.NO_MEMORY;
    }
    const server = this.intent.server(node);
    if (server) this.placement.placeOn(server, client.node, tag, size);
    return server ?? wire.Reason.NO_ROUTE;
  }

  private share(message: wire.Message, client: ClientSpec): Outcome {
    const range = rangeOf(message);
    const aligned = range.start % this.page === 0n && range.end % this.page === 0n;
    if (message.length === 0 || !aligned) return this.refuse(message, client, wire.Reason.BAD_LENGTH);
    const allocation = this.allocations.find(message.node, range);
    if (!allocation || allocation.owner !== client.domain) {
      return this.refuse(message, client, wire.Reason.NOT_OWNER);
    }
    const grantee = this.intent.client(message.arg);
    if (!grantee) return this.refuse(message, client, wire.Reason.NO_SUCH_NODE);
    const granting = message.op === wire.Op.GRANT;
    const rights = granting ? message.flags : 0;
    if ((rights & ~(wire.Right.READ | wire.Right.WRITE)) !== 0 || (granting && rights === 0)) {
      return this.refuse(message, client, wire.Reason.BAD_OPERATION);
    }
    const effect = this.allocations.share(allocation, grantee.domain, { ...range, rights });
    const reply = this.frameTo(client, new wire.Message().answer(message, wire.Kind.REPLY));
    return {
      what: granting ? 'granted' : 'revoked',
      detail: `${message.length} bytes at ${message.pointer.toString(16)} of node ${message.node.toString(16)}, ${grantee.name}`,
      effects: [effect],
      send: [reply],
      ...(!granting && { withdrawn: { node: message.node, ...range } }),
      undo: () => ({
        effects: this.intent.undo([effect]),
        send: [this.frameTo(client, new wire.Message().refuse(message, wire.Reason.BUSY, 100))],
      }),
    };
  }

  /** A FREE without permission: the repetition of one that took effect, or nothing that the asker may free. */
  private freeAgain(message: wire.Message, client: ClientSpec): Outcome {
    const before = this.frees.get(freeKey(message));
    if (!before) return this.refuse(message, client, wire.Reason.NO_PERMISSION);
    const withdrawn = { node: message.node, ...rangeOf(message) };
    return { what: 'repeated', detail: `${message}`, effects: [], send: [before], withdrawn };
  }

  private reply(message: wire.Message, frame: Uint8Array, client: ClientSpec): Outcome {
    const server = this.intent.server(message.node);
    const stamp = wire.decodeStamp(message.payload(frame));
    const range = rangeOf(message);
    if (!server || !stamp || message.length === 0 || range.end > BigInt(server.capacity)) {
      return dropped('malformed', `${message} is no reply of a memory server of this fabric`);
    }
    if (message.op === wire.Op.ALLOC) {
      this.placement.answered(client.node, message.tag);
      const effect = this.allocations.allocated(server.node, range, client.domain, stamp);
      return this.allocated(effect, message, frame, client, server);
    }
    if (message.op === wire.Op.FREE) {
      const effect = this.allocations.freed(server.node, range, stamp);
      if (effect.verdict === 'stale') return { ...dropped('stale', `${message}`), effects: [effect] };
      const send = this.forward(frame, client);
      this.frees.set(freeKey(message), send);
      const what = effect.verdict === 'applied' ? 'freed' : 'repeated';
      const withdrawn = { node: server.node, ...range };
      return { what, detail: `${message}`, effects: [effect], send: [send], withdrawn };
    }
    return dropped('malformed', `${message} is not for the controller`);
  }

  private allocated(
    effect: AllocationEffect,
    message: wire.Message,
    frame: Uint8Array,
    client: ClientSpec,
    server: ServerSpec,
  ): Outcome {
    if (effect.verdict === 'stale') return { ...dropped('stale', `${message}`), effects: [effect] };
    return {
      what: effect.verdict === 'applied' ? 'allocated' : 'repeated',
      detail: `${message}`,
      effects: [effect],
      send: [this.forward(frame, client)],
      // The switch has no room for the permission, or the store for the record: the client is told, and the server takes the memory back.
      undo: () => ({
        effects: effect.added.map((now) => ({ removed: [this.allocations.remove(now) ?? now], added: [] })),
        send: [
          this.frameTo(client, new wire.Message().refuse(message, wire.Reason.NO_MEMORY)),
          this.frameTo(server, this.freeRequest(message)),
        ],
      }),
    };
  }

  private refuse(message: wire.Message, client: ClientSpec, reason: number): Outcome {
    const send = [this.frameTo(client, new wire.Message().refuse(message, reason))];
    return { what: 'refused', detail: `${message}: ${wire.reasonText(reason)}`, effects: [], send };
  }

  /** The same frame, on its way again: only its Ethernet destination is the client's now. */
  private forward(frame: Uint8Array, to: ClientSpec): Outgoing {
    const copy = Uint8Array.from(frame);
    copy.set(wire.macBytes(to.mac), 0);
    return { switch: to.switch, port: to.port, frame: copy };
  }

  private frameTo(host: ClientSpec | ServerSpec, message: wire.Message): Outgoing {
    const { mac } = this.fabric.switches.find((s) => s.name === host.switch) ?? this.fabric.switches[0]!;
    const from = wire.macBytes(mac);
    const frame = wire.encodeFrame(message, wire.macBytes(host.mac), from, undefined, this.fabric.udpPort);
    return { switch: host.switch, port: host.port, frame };
  }

  /** Give an allocation back in the name of the client that asked for it. Its answer finds nobody waiting. */
  private freeRequest(reply: wire.Message): wire.Message {
    this.ownTag = (this.ownTag + 1) >>> 0;
    const request = new wire.Message().answer(reply, wire.Kind.REQUEST);
    return Object.assign(request, { op: wire.Op.FREE, tag: this.ownTag, attempt: 0 });
  }

  /** Servers allocate powers of two of at least a page. */
  private allocationSize(length: number): bigint {
    let size = this.page;
    while (size < BigInt(length)) size *= 2n;
    return size;
  }
}

const dropped = (what: PuntResult, detail: string): Outcome => ({ what, detail, effects: [], send: [] });

const rangeOf = (message: wire.Message): Range => ({
  start: message.pointer,
  end: message.pointer + BigInt(message.length),
});

const freeKey = (message: wire.Message): string => `${message.client}:${message.tag}`;
