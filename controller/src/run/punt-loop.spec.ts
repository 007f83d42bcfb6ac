import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { Allocations } from '../intent/allocations.js';
import type { Change } from '../plan/diff.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import { TableMirror } from '../plan/mirror.js';
import { planPermissions } from '../plan/plan.js';
import { PuntHandler } from '../punt/handler.js';
import type { Outcome, Outgoing } from '../punt/outcome.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { adoptPermissions } from './adopt.js';
import { PuntLoop } from './punt-loop.js';
import type { SwitchLink } from './switch-link.js';

const [alice, bob] = fabric.clients as [(typeof fabric.clients)[0], (typeof fabric.clients)[0]];
const m1 = fabric.servers[0]!;

/** A switch in memory: a permission table of limited size, and what happened in order. */
class MemoryLink implements SwitchLink {
  readonly table = new Map<string, PlannedEntry>();
  readonly events: string[] = [];
  readonly sent: Outgoing[] = [];
  broken = false;
  constructor(private readonly size = 100) {}

  async write(changes: readonly Change[]) {
    if (this.broken) throw new Error('the switch is gone');
    const refused = [];
    for (const change of changes) {
      const key = entryKey(change.entry);
      if (change.type === 'insert' && this.table.size >= this.size) {
        refused.push({ change, reason: 'the table is full' });
        continue;
      }
      this.events.push(change.type);
      if (change.type === 'delete') this.table.delete(key);
      else this.table.set(key, change.entry);
    }
    return refused;
  }
  async read() {
    return [...this.table.values()];
  }
  send(frames: readonly Outgoing[]) {
    for (const frame of frames) {
      this.events.push('send');
      this.sent.push(frame);
    }
  }
  onPunted() {}
}

function setUp(link = new MemoryLink()) {
  const allocations = new Allocations();
  const outcomes: Outcome[] = [];
  const errors: unknown[] = [];
  const loop = new PuntLoop(
    new PuntHandler(fabric, allocations),
    new TableMirror(),
    link,
    (o) => outcomes.push(o),
    (e) => errors.push(e),
  );
  let generation = 0n;
  const push = (fields: Partial<wire.Message>, port: number, payload?: Uint8Array) => {
    const message = Object.assign(
      new wire.Message(),
      { node: m1.node, length: 4096, clientPort: 4000 },
      fields,
    );
    const mac = wire.macBytes(alice.mac);
    loop.push({ frame: wire.encodeFrame(message, mac, mac, payload), ingressPort: port });
  };
  const reply = (op: number, fields: Partial<wire.Message> = {}) =>
    push(
      { kind: wire.Kind.REPLY, op, client: alice.node, ...fields },
      m1.port,
      wire.encodeStamp({ incarnation: 1n, generation: ++generation }),
    );
  return { link, loop, allocations, outcomes, errors, push, reply };
}

describe('PuntLoop', () => {
  it('has the permission in the switch before the client hears of its allocation', async () => {
    const { link, loop, reply } = setUp();
    reply(wire.Op.ALLOC);
    await loop.idle();
    assert.deepEqual(link.events, ['insert', 'send']);
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
    assert.deepEqual(link.events, ['delete', 'delete', 'send']);
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
    assert.deepEqual(link.events, ['delete', 'insert', 'insert', 'send', 'send', 'send']);
  });

  it('writes nothing for a grant that is revoked in the same batch', async () => {
    const { link, loop, reply, push } = setUp();
    reply(wire.Op.ALLOC);
    await loop.idle();
    link.events.length = 0;
    push({ op: wire.Op.GRANT, client: alice.node, flags: 3, arg: bob.node }, alice.port);
    push({ op: wire.Op.REVOKE, client: alice.node, arg: bob.node }, alice.port);
    await loop.idle();
    assert.deepEqual(link.events, ['send', 'send']);
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
});

describe('adoptPermissions', () => {
  it('gives back the intent that the entries came from', async () => {
    const { link, loop, reply, push, allocations } = setUp();
    reply(wire.Op.ALLOC, { length: 0x4000 });
    push(
      { op: wire.Op.GRANT, client: alice.node, flags: 1, arg: bob.node, pointer: 0x1000n, length: 0x3000 },
      alice.port,
    );
    await loop.idle();
    const adopted = new Allocations();
    adoptPermissions(fabric, adopted, await link.read());
    assert.deepEqual(planPermissions(adopted), planPermissions(allocations));
  });

  it('does not adopt what the fabric does not know', () => {
    const entry = (node: bigint, domain: bigint, rights: bigint): PlannedEntry => ({
      table: 'permission',
      match: {
        'meta.domain': domain,
        'hdr.ipv6.dst_node': node,
        'hdr.ipv6.dst_pointer': { value: 0n, prefix: 52 },
      },
      action: 'allow',
      params: { rights },
    });
    const adopted = new Allocations();
    adoptPermissions(fabric, adopted, [entry(0x999n, 1n, 7n), entry(0x101n, 99n, 7n), entry(0x102n, 2n, 1n)]);
    assert.deepEqual([...adopted], []);
  });
});
