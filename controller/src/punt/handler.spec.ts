import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import fc from 'fast-check';
import { Intent } from '../intent/intent.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { PuntHandler } from './handler.js';
import type { Outcome, Outgoing } from './outcome.js';

const [alice, bob] = fabric.clients as [(typeof fabric.clients)[0], (typeof fabric.clients)[0]];
const [m1, m2] = fabric.servers as [(typeof fabric.servers)[0], (typeof fabric.servers)[0]];
const SWITCH = wire.macBytes(fabric.switches[0]!.mac);

function setUp() {
  const intent = new Intent(fabric);
  const { allocations } = intent;
  const handler = new PuntHandler(intent);
  let generation = 0n;
  const send = (port: number, fields: Partial<wire.Message>, payload?: Uint8Array): Outcome => {
    const message = Object.assign(new wire.Message(), { clientPort: 40000, tag: 7 }, fields);
    return handler.handle({
      frame: wire.encodeFrame(message, SWITCH, wire.macBytes(alice.mac), payload),
      switch: 's1',
      ingressPort: port,
      cause: 0,
    });
  };
  const request = (client: typeof alice, op: number, fields: Partial<wire.Message> = {}) =>
    send(client.port, { op, client: client.node, node: m1.node, length: 4096, ...fields });
  const reply = (server: typeof m1, op: number, fields: Partial<wire.Message> = {}, g = ++generation) =>
    send(
      server.port,
      { kind: wire.Kind.REPLY, op, node: server.node, client: alice.node, length: 4096, ...fields },
      wire.encodeStamp({ incarnation: 1000n, generation: g }),
    );
  return { allocations, request, reply, handler };
}

function decode({ frame }: Outgoing): wire.Message {
  const message = new wire.Message();
  assert.equal(wire.decodeFrame(frame, message), undefined);
  return message;
}
function nackReason(outcome: Outcome): string | undefined {
  assert.equal(outcome.what, 'refused');
  assert.equal(outcome.send.length, 1);
  const message = decode(outcome.send[0]!);
  assert.equal(message.kind, wire.Kind.NACK);
  return wire.reasonName(message.status);
}

describe('PuntHandler', () => {
  describe('ALLOC', () => {
    it('to the fabric goes to the server with the most room', () => {
      const { request } = setUp();
      const first = request(alice, wire.Op.ALLOC, { node: wire.ANYCAST_NODE, tag: 1 });
      const second = request(alice, wire.Op.ALLOC, { node: wire.ANYCAST_NODE, tag: 2 });
      assert.deepEqual(
        [first, second].map((o) => o.send[0]?.port),
        [m1.port, m2.port],
      );
      assert.equal(decode(second.send[0]!).node, m2.node);
      assert.deepEqual([...second.send[0]!.frame.subarray(0, 6)], [...wire.macBytes(m2.mac)]);
    });

    it('goes to the same server again when it is repeated', () => {
      const { request } = setUp();
      const ports = [1, 2, 1, 1].map(
        (tag) => request(alice, wire.Op.ALLOC, { node: wire.ANYCAST_NODE, tag }).send[0]?.port,
      );
      assert.deepEqual(ports, [m1.port, m2.port, m1.port, m1.port]);
    });

    it('goes to the server that it names, and is refused for a node that is none', () => {
      const { request } = setUp();
      assert.equal(request(alice, wire.Op.ALLOC, { node: m2.node }).send[0]?.port, m2.port);
      assert.equal(nackReason(request(alice, wire.Op.ALLOC, { node: bob.node, tag: 8 })), 'NO_ROUTE');
    });

    it('is refused when no server has room, or for a length that nobody can serve', () => {
      const { request } = setUp();
      const ask = (length: number) => request(alice, wire.Op.ALLOC, { node: wire.ANYCAST_NODE, length });
      assert.equal(nackReason(ask(65537)), 'NO_MEMORY');
      assert.equal(nackReason(ask(0)), 'BAD_LENGTH');
      assert.equal(nackReason(ask(0xffffffff)), 'BAD_LENGTH');
    });
  });

  describe('a reply to ALLOC', () => {
    it('makes the asker owner, and is sent on unchanged but for its Ethernet destination', () => {
      const { reply, allocations } = setUp();
      const outcome = reply(m1, wire.Op.ALLOC, { pointer: 0x4000n });
      assert.equal(outcome.what, 'allocated');
      assert.equal(allocations.find(m1.node, { start: 0x4000n, end: 0x5000n })?.owner, alice.domain);
      assert.equal(outcome.send[0]?.port, alice.port);
      assert.equal(decode(outcome.send[0]!).pointer, 0x4000n);
    });

    it('is dropped when it is older than what is known', () => {
      const { reply } = setUp();
      reply(m1, wire.Op.ALLOC, {}, 1n);
      reply(m1, wire.Op.FREE, {}, 2n);
      reply(m1, wire.Op.ALLOC, { client: bob.node }, 3n);
      const late = reply(m1, wire.Op.ALLOC, {}, 1n);
      assert.deepEqual([late.what, late.send.length], ['stale', 0]);
    });

    it('is taken back where the switch has no room: the client hears it, the server frees', () => {
      const { reply, allocations } = setUp();
      const undone = reply(m1, wire.Op.ALLOC, { pointer: 0x4000n }).undo!('refused');
      assert.equal(allocations.find(m1.node, { start: 0x4000n, end: 0x5000n }), undefined);
      const [toClient, toServer] = undone.send.map(decode);
      assert.deepEqual([toClient?.kind, toClient?.status], [wire.Kind.NACK, wire.Reason.NO_MEMORY]);
      assert.deepEqual(
        [toServer?.op, toServer?.pointer, toServer?.kind],
        [wire.Op.FREE, 0x4000n, wire.Kind.REQUEST],
      );
    });

    it('is taken back with another tag each time, so that no server takes it for a repetition', () => {
      const { reply } = setUp();
      const tags = [1, 2].map(() => decode(reply(m1, wire.Op.ALLOC).undo!('refused').send[1]!).tag);
      assert.notEqual(tags[0], tags[1]);
    });

    it('is malformed without a stamp, outside of the server, or from somebody who is no server', () => {
      const { reply } = setUp();
      assert.equal(reply(m1, wire.Op.ALLOC, { pointer: 0x10000n }).what, 'malformed');
      assert.equal(reply(m1, wire.Op.ALLOC, { length: 0 }).what, 'malformed');
      assert.equal(reply({ ...m1, node: 9 }, wire.Op.ALLOC).what, 'malformed');
      assert.equal(reply(m1, wire.Op.ALLOC, { client: 99 }).what, 'malformed');
    });
  });

  describe('GRANT and REVOKE', () => {
    it('change what the grantee may do, and nothing else', () => {
      const { reply, request, allocations } = setUp();
      reply(m1, wire.Op.ALLOC, { length: 0x4000 });
      const grant = request(alice, wire.Op.GRANT, {
        pointer: 0x1000n,
        flags: wire.Right.READ,
        arg: bob.node,
      });
      assert.equal(grant.what, 'granted');
      assert.equal(decode(grant.send[0]!).kind, wire.Kind.REPLY);
      const now = () => allocations.find(m1.node, { start: 0n, end: 1n })!.shares;
      assert.deepEqual(now().get(bob.domain), [{ start: 0x1000n, end: 0x2000n, rights: wire.Right.READ }]);
      request(alice, wire.Op.REVOKE, { pointer: 0n, length: 0x4000, arg: bob.node });
      assert.equal(now().size, 0);
    });

    it('are refused to anybody but the owner, for parts of pages, unknown nodes and unknown rights', () => {
      const { reply, request } = setUp();
      reply(m1, wire.Op.ALLOC, { length: 0x4000 });
      const grant = (who: typeof alice, fields: Partial<wire.Message>) =>
        nackReason(request(who, wire.Op.GRANT, { flags: 1, arg: bob.node, ...fields }));
      assert.equal(grant(bob, {}), 'NOT_OWNER');
      assert.equal(grant(alice, { pointer: 0x4000n }), 'NOT_OWNER');
      assert.equal(grant(alice, { pointer: 0x3000n, length: 0x2000 }), 'NOT_OWNER');
      assert.equal(grant(alice, { length: 100 }), 'BAD_LENGTH');
      assert.equal(grant(alice, { length: 0 }), 'BAD_LENGTH');
      assert.equal(grant(alice, { arg: 77 }), 'NO_SUCH_NODE');
      assert.equal(grant(alice, { flags: wire.Right.OWNER }), 'BAD_OPERATION');
      assert.equal(grant(alice, { flags: 0 }), 'BAD_OPERATION');
    });
  });

  describe('FREE without permission', () => {
    it('is answered again when it is the repetition of one that took effect', () => {
      const { reply, request } = setUp();
      reply(m1, wire.Op.ALLOC, { tag: 1 });
      const freed = reply(m1, wire.Op.FREE, { tag: 2 });
      const again = request(alice, wire.Op.FREE, { tag: 2, attempt: 1 });
      assert.equal(again.what, 'repeated');
      assert.deepEqual(again.send, freed.send);
    });

    it('is refused otherwise', () => {
      assert.equal(nackReason(setUp().request(bob, wire.Op.FREE)), 'NO_PERMISSION');
    });
  });

  it('drops a request that came in by a port that is not its client’s', () => {
    const { request } = setUp();
    assert.equal(request({ ...alice, port: bob.port }, wire.Op.GRANT).what, 'malformed');
  });

  it('survives any bytes', () => {
    const { handler } = setUp();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (frame) => {
        assert.equal(handler.handle({ frame, switch: 's1', ingressPort: 3, cause: 0 }).what, 'malformed');
      }),
    );
  });
});
