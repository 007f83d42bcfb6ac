import { wire } from '@bluebridge/memory';
import { macOf, SWITCH_MAC } from '../switch-program/frames.js';
import { type Client, HOME } from './fabric.js';
import { PAGE } from './switch.js';

const { Extension, Kind, Op } = wire;

export const CLIENT_PORT = 40_000;

type Fields = Partial<wire.Message>;

/** What `client` asks of the home's first page, or says of it. */
export function from(client: Client, op: number, fields: Fields = {}, payload?: Uint8Array): Uint8Array {
  const message = Object.assign(new wire.Message(), {
    kind: Kind.REQUEST,
    op,
    client: client.node,
    clientPort: CLIENT_PORT + client.index,
    node: HOME.node,
    length: PAGE,
    tag: 1000 + client.index,
    epoch: client.epoch,
    extensions: Extension.COHERENCE,
    ...fields,
  });
  return encoded(message, macOf(client.node), payload);
}

/** GETS or GETM of a client with this tag. */
export const asks = (client: Client, op: 'GETS' | 'GETM', tag: number, fields: Fields = {}): Uint8Array =>
  from(client, Op[op], { tag, ...fields });

/** What `client` answers to a probe: everything about the request is echoed. */
export function answers(
  client: Client,
  op: 'ACK' | 'WRITEBACK' | 'FORWARD',
  probe: wire.Message,
  fields: Fields = {},
  payload?: Uint8Array,
): Uint8Array {
  const message = Object.assign(new wire.Message().answer(probe, Kind.REQUEST), {
    op: Op[op],
    client: client.node,
    clientPort: CLIENT_PORT + client.index,
    tag: op === 'ACK' ? probe.tag : 5000,
    epoch: client.epoch,
    ...fields,
  });
  return encoded(message, macOf(client.node), payload);
}

/** What the home answers to a request that has reached it. */
export function homeReplies(request: wire.Message, fields: Fields = {}, payload?: Uint8Array): Uint8Array {
  const message = Object.assign(new wire.Message().answer(request, Kind.REPLY), fields);
  return encoded(message, macOf(HOME.node), payload);
}

/** A request of the controller, as a packet-out that takes the way of a request. */
export function fromController(op: number, fields: Fields = {}): Uint8Array {
  const message = Object.assign(new wire.Message(), {
    kind: Kind.REQUEST,
    op,
    client: 0xffff,
    clientPort: 5000,
    node: HOME.node,
    length: PAGE,
    tag: 1,
    extensions: Extension.COHERENCE,
    ...fields,
  });
  return Uint8Array.from([0, 1, ...encoded(message, SWITCH_MAC)]);
}

function encoded(message: wire.Message, sender: Uint8Array, payload?: Uint8Array): Uint8Array {
  return Uint8Array.from(wire.encodeFrame(message, SWITCH_MAC, sender, payload));
}
