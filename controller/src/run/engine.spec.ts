import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { Intent } from '../intent/intent.js';
import { TableMirror } from '../plan/mirror.js';
import { PuntHandler } from '../punt/handler.js';
import { MemoryStore } from '../store/memory-store.js';
import { type Store, StoreError } from '../store/store.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { MemoryLink } from '../testing/memory-link.js';
import { severalSwitches } from '../testing/several.js';
import { Engine } from './engine.js';
import { Journal } from './journal.js';
import { Switches } from './switches.js';

const [alice, bob] = fabric.clients as [(typeof fabric.clients)[0], (typeof fabric.clients)[0]];
const m1 = fabric.servers[0]!;

/** A store that can be told to fail, and that writes its commits down between the switch's events. */
class TestStore extends MemoryStore {
  full = false;
  constructor(private readonly events: string[]) {
    super();
  }
  override async commit(changes: ReadonlyMap<string, string | undefined>) {
    if (this.full) throw new StoreError('STORE_FULL', 'no space left on device');
    this.events.push('store');
    await super.commit(changes);
  }
}

function setUp(link = new MemoryLink()) {
  const intent = new Intent(fabric);
  const { allocations } = intent;
  const errors: unknown[] = [];
  const switches = new Switches(() => {});
  const mirror = new TableMirror();
  switches.add({
    name: 's1',
    link,
    mirror,
    missing: new Set(),
    flood: async () => {},
    onBroken: (e) => void errors.push(e),
  });
  const store = new TestStore(link.events);
  const journal = new Journal(store satisfies Store, intent, () => {});
  const loop = new Engine({
    intent,
    handler: new PuntHandler(intent),
    journal,
    switches,
    observe: () => {},
    mayWrite: () => true,
  });
  let generation = 0n;
  const push = (fields: Partial<wire.Message>, port: number, payload?: Uint8Array) => {
    const message = Object.assign(
      new wire.Message(),
      { node: m1.node, length: 4096, clientPort: 4000 },
      fields,
    );
    const mac = wire.macBytes(alice.mac);
    loop.push({
      frame: wire.encodeFrame(message, mac, mac, payload),
      switch: 's1',
      ingressPort: port,
      cause: 0,
    });
  };
  const reply = (op: number, fields: Partial<wire.Message> = {}, g = ++generation) =>
    push(
      { kind: wire.Kind.REPLY, op, client: alice.node, ...fields },
      m1.port,
      wire.encodeStamp({ incarnation: 1n, generation: g }),
    );
  return { link, loop, intent, allocations, store, journal, errors, push, reply };
}

/** Two leaves and two spines, of which those named are attached. */
function setUpSeveral(attached: readonly string[]) {
  const intent = new Intent(severalSwitches);
  const switches = new Switches(() => {});
  const links = new Map(attached.map((name) => [name, new MemoryLink()]));
  for (const [name, link] of links) {
    switches.add({
      name,
      link,
      mirror: new TableMirror(),
      missing: new Set(),
      flood: async () => {},
      onBroken: () => {},
    });
  }
  const engine = new Engine({
    intent,
    handler: new PuntHandler(intent),
    journal: new Journal(new MemoryStore(), intent, () => {}),
    switches,
    observe: () => {},
    mayWrite: () => true,
  });
  const permissions = (name: string) =>
    [...(links.get(name)?.table.values() ?? [])].filter((e) => e.table === 'permission').length;
  const push = (op: number, at: { switch: string; port: number }, fields: Partial<wire.Message> = {}) => {
    const reply = fields.kind === wire.Kind.REPLY;
    const message = Object.assign(
      new wire.Message(),
      { op, node: m1.node, client: alice.node, length: 4096, clientPort: 4000 },
      fields,
    );
    const mac = wire.macBytes(alice.mac);
    const stamp = reply ? wire.encodeStamp({ incarnation: 1n, generation: 1n }) : undefined;
    engine.push({
      frame: wire.encodeFrame(message, mac, mac, stamp),
      switch: at.switch,
      ingressPort: at.port,
      cause: 0,
    });
    return engine.idle();
  };
  return { engine, links, permissions, push };
}

describe('Engine, of several switches', () => {
  const AT_M1 = { switch: 'leaf1', port: m1.port };
  const AT_ALICE = { switch: 'leaf1', port: alice.port };
  const allocated = { kind: wire.Kind.REPLY };
  const first = { start: 0n, end: 4096n };

  it('moves the permissions of a range to its new home, and back', async () => {
    const { engine, permissions, push } = setUpSeveral(['leaf1', 'leaf2', 'spine1', 'spine2']);
    await push(wire.Op.ALLOC, AT_M1, allocated);
    assert.deepEqual([permissions('leaf1'), permissions('leaf2'), permissions('spine1')], [1, 0, 0]);
    await engine.change((intent) => [intent.moves.move(m1.node, first, 0x102)]);
    assert.equal(permissions('leaf2'), 1);
    await engine.change((intent) => [intent.moves.move(m1.node, first, m1.node)]);
    assert.deepEqual([permissions('leaf1'), permissions('leaf2')], [1, 0]);
  });

  it('leaves nothing behind of an allocation whose range had moved', async () => {
    const { engine, permissions, push } = setUpSeveral(['leaf1', 'leaf2', 'spine1', 'spine2']);
    await push(wire.Op.ALLOC, AT_M1, allocated);
    await engine.change((intent) => [intent.moves.move(m1.node, first, 0x102)]);
    await engine.change((intent) => [
      intent.moves.move(m1.node, first, m1.node),
      intent.allocations.freed(m1.node, first, { incarnation: 1n, generation: 2n }),
    ]);
    assert.deepEqual([permissions('leaf1'), permissions('leaf2')], [0, 0]);
  });

  it('does not say that something is revoked where the home of it is not attached', async () => {
    const { engine, links, push } = setUpSeveral(['leaf1', 'leaf2', 'spine1', 'spine2']);
    await push(wire.Op.ALLOC, { switch: 'leaf2', port: 2 }, { ...allocated, node: 0x102 });
    const revoke = { node: 0x102, flags: 1, arg: bob.node };
    await push(wire.Op.GRANT, AT_ALICE, revoke);
    const gone = setUpSeveral(['leaf1', 'spine1']);
    await gone.engine.change((intent) => [
      intent.allocations.allocated(0x102, first, alice.domain, { incarnation: 1n, generation: 1n }),
    ]);
    await gone.push(wire.Op.GRANT, AT_ALICE, revoke);
    const answers = [links, gone.links].map((l) => {
      const message = new wire.Message();
      wire.decodeFrame(l.get('leaf1')!.sent.at(-1)!.frame, message);
      return [message.kind, message.status];
    });
    assert.deepEqual(answers, [
      [wire.Kind.REPLY, 0],
      [wire.Kind.NACK, wire.Reason.BUSY],
    ]);
    assert.equal(engine.counts.get('granted'), 1);
    assert.equal(gone.engine.counts.get('undone'), 1);
  });

  it('hears requests that another switch has let in, and none that stood at a wrong port', async () => {
    const { engine, push } = setUpSeveral(['leaf1', 'leaf2', 'spine1', 'spine2']);
    await push(wire.Op.FREE, { switch: 'leaf2', port: 101 }, { node: 0x102, length: 0 });
    assert.equal(engine.counts.get('refused'), 1);
    await push(wire.Op.FREE, { switch: 'leaf2', port: 2 }, { node: 0x102, length: 0 });
    assert.equal(engine.counts.get('malformed'), 1);
  });
});

describe('Engine', () => {
  it('has an allocation in the store, then in the switch, before the client hears of it', async () => {
    const { link, loop, reply } = setUp();
    reply(wire.Op.ALLOC);
    await loop.idle();
    assert.deepEqual(link.events, ['store', 'insert', 'send']);
  });

  it('has the permissions out of the switch before the client hears of the free', async () => {
    const { link, loop, reply, push } = setUp();
    reply(wire.Op.ALLOC);
    push({ op: wire.Op.GRANT, client: alice.node, flags: 1, arg: bob.node }, alice.port);
    await loop.idle();
    assert.equal(link.table.size, 2);
    link.events.length = 0;
    reply(wire.Op.FREE);
    await loop.idle();
    assert.deepEqual(link.events, ['store', 'delete', 'delete', 'send']);
    assert.equal(link.table.size, 0);
  });

  it('handles what arrives together with one write, deletions first', async () => {
    const { link, loop, reply } = setUp();
    reply(wire.Op.ALLOC, { pointer: 0n });
    await loop.idle();
    link.events.length = 0;
    reply(wire.Op.ALLOC, { pointer: 0x1000n });
    reply(wire.Op.FREE, { pointer: 0n });
    reply(wire.Op.ALLOC, { pointer: 0x2000n });
    await loop.idle();
    assert.deepEqual(link.events, ['store', 'delete', 'insert', 'insert', 'send', 'send', 'send']);
  });

  it('writes nothing for a grant that is revoked in the same batch', async () => {
    const { link, loop, reply, push } = setUp();
    reply(wire.Op.ALLOC);
    await loop.idle();
    link.events.length = 0;
    push({ op: wire.Op.GRANT, client: alice.node, flags: 3, arg: bob.node }, alice.port);
    push({ op: wire.Op.REVOKE, client: alice.node, arg: bob.node }, alice.port);
    await loop.idle();
    assert.deepEqual(link.events, ['store', 'send', 'send']);
  });

  it('tells the client and frees at the server where the switch has no room', async () => {
    const { link, loop, reply, allocations } = setUp(new MemoryLink(1));
    reply(wire.Op.ALLOC, { pointer: 0n });
    reply(wire.Op.ALLOC, { pointer: 0x1000n });
    await loop.idle();
    assert.deepEqual(
      link.sent.map((f) => f.port),
      [alice.port, alice.port, m1.port],
    );
    assert.equal(allocations.used(m1.node), 4096n);
    assert.equal(loop.counts.get('undone'), 1);
  });

  it('sends nothing when the switch did not answer, and says that the link is broken', async () => {
    const { link, loop, reply, errors } = setUp();
    link.broken = true;
    reply(wire.Op.ALLOC);
    await loop.idle();
    assert.equal(link.sent.length, 0);
    assert.match(String(errors[0]), /the switch is gone/);
  });

  describe('when the store takes nothing', () => {
    it('takes an allocation back: the client is told, the server frees, the switch learns nothing', async () => {
      const { link, loop, reply, store, journal, allocations } = setUp();
      store.full = true;
      reply(wire.Op.ALLOC);
      await loop.idle();
      assert.deepEqual(link.events, ['send', 'send']);
      assert.deepEqual(
        link.sent.map((f) => f.port),
        [alice.port, m1.port],
      );
      assert.equal(allocations.size, 0);
      assert.ok(journal.size > 0);
    });

    it('takes permissions away all the same, tells nobody, and tells once it is stored', async () => {
      const { link, loop, reply, store, journal } = setUp();
      reply(wire.Op.ALLOC, { tag: 1 });
      await loop.idle();
      store.full = true;
      link.events.length = 0;
      reply(wire.Op.FREE, { tag: 2 });
      await loop.idle();
      assert.deepEqual(link.events, ['delete']);
      assert.equal(loop.counts.get('unanswered'), 1);
      store.full = false;
      link.events.length = 0;
      reply(wire.Op.FREE, { tag: 2 }, 2n);
      await loop.idle();
      assert.deepEqual(link.events, ['store', 'send']);
      assert.equal(journal.size, 0);
      assert.deepEqual([...(await store.load()).keys()], ['life/0101']);
    });

    it('does not confirm again what was not stored', async () => {
      const { link, loop, reply, store } = setUp();
      reply(wire.Op.ALLOC, { tag: 1 });
      await loop.idle();
      store.full = true;
      reply(wire.Op.FREE, { tag: 2 });
      await loop.idle();
      link.events.length = 0;
      reply(wire.Op.FREE, { tag: 2 }, 2n);
      await loop.idle();
      assert.deepEqual(link.events, []);
    });
  });

  it('leaves nothing behind of a grant that was built on an allocation which is taken back', async () => {
    const { link, loop, reply, push, allocations, store } = setUp(new MemoryLink(0));
    reply(wire.Op.ALLOC);
    push({ op: wire.Op.GRANT, client: alice.node, flags: 1, arg: bob.node }, alice.port);
    await loop.idle();
    assert.equal(allocations.size, 0);
    assert.equal(link.table.size, 0);
    assert.deepEqual([...(await store.load()).keys()], ['life/0101']);
  });

  it('changes nothing while it may not write', async () => {
    const { link, intent, journal } = setUp();
    const engine = new Engine({
      intent,
      handler: new PuntHandler(intent),
      journal,
      switches: new Switches(() => {}),
      observe: () => {},
      mayWrite: () => false,
    });
    const { failure } = await engine.change(() => assert.fail('it may not'));
    assert.equal(failure?.kind, 'deposed');
    assert.deepEqual(link.events, []);
  });
});
