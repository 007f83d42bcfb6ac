import assert from 'node:assert/strict';
import { type ClientSpec, RIGHTS, type ServerSpec } from '@bluebridge/templates';
import type { ControllerEvent, ControllerObserver } from '../events.js';
import { Intent } from '../intent/intent.js';
import { entryKey } from '../plan/entry.js';
import { TableMirror } from '../plan/mirror.js';
import { planSwitch } from '../plan/plan.js';
import { PuntHandler } from '../punt/handler.js';
import { Engine } from '../run/engine.js';
import { Journal } from '../run/journal.js';
import { reconcile } from '../run/reconcile.js';
import { Switches } from '../run/switches.js';
import { MemoryStore } from '../store/memory-store.js';
import { StoreError } from '../store/store.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { MemoryLink } from '../testing/memory-link.js';
import { ControllerOperations } from './controller-operations.js';

const dave: ClientSpec = {
  name: 'dave',
  node: 4,
  mac: '02:bb:00:00:00:04',
  switch: 's1',
  port: 6,
  domain: 4,
};
const m3: ServerSpec = {
  name: 'm3',
  node: 0x103,
  mac: '02:bb:00:00:01:03',
  switch: 's1',
  port: 7,
  capacity: 65536,
};
const range = { start: 0n, end: 0x1000n };

async function setUp() {
  const intent = new Intent(fabric);
  const link = new MemoryLink();
  const switches = new Switches(() => {});
  const store = new MemoryStore();
  const journal = new Journal(store, intent, () => {});
  const handler = new PuntHandler(intent);
  const engine = new Engine({ intent, handler, journal, switches, observe: () => {}, mayWrite: () => true });
  const at = {
    name: 's1',
    link,
    mirror: new TableMirror(),
    missing: new Set<string>(),
    flood: async () => {},
    onBroken: () => {},
  };
  await reconcile(intent, switches, at, false);
  switches.add(at);
  let leads = true;
  const observers = new Set<ControllerObserver>();
  const operations = new ControllerOperations({
    leading: () => (leads ? { intent, engine, switches } : undefined),
    fabric,
    electionId: () => 1n,
    store: () => ({ name: store.name, pending: journal.size }),
    observers,
  });
  const allocate = () =>
    engine.change(() => [intent.allocations.allocated(0x101, range, 1, { incarnation: 1n, generation: 1n })]);
  const asPlanned = () =>
    assert.deepEqual([...link.table.keys()].sort(), planSwitch(intent, 's1').map(entryKey).sort());
  return {
    operations,
    intent,
    link,
    store,
    switches,
    allocate,
    asPlanned,
    depose: () => {
      leads = false;
    },
  };
}

describe('Operations', () => {
  it('adds and removes a client: its entries come and go, and what the spec says is not written down', async () => {
    const { operations, link, store, asPlanned } = await setUp();
    const before = link.table.size;
    assert.deepEqual(await operations.addClient(dave), { updates: 3, pending: [] });
    asPlanned();
    assert.equal(operations.clients().find((c) => c.name === 'dave')?.origin, 'operation');
    assert.deepEqual([...(await store.load()).keys()], ['host/dave']);
    await operations.removeClient('dave');
    assert.equal(link.table.size, before);
    assert.equal((await store.load()).size, 0);
    await operations.removeClient('carol');
    assert.deepEqual([...(await store.load())], [['host/carol', '{"removed":true}']]);
    asPlanned();
  });

  it('adds a server that allocations are placed on, until it drains', async () => {
    const { operations, intent } = await setUp();
    await operations.addServer(m3);
    await operations.setDraining('m1', true);
    assert.deepEqual(
      operations.servers().map((s) => [s.name, s.draining, s.origin]),
      [
        ['m1', true, 'spec'],
        ['m2', false, 'spec'],
        ['m3', false, 'operation'],
      ],
    );
    assert.equal(intent.server(0x103)?.capacity, 65536);
  });

  for (const [what, host, pattern] of [
    ['name', { ...dave, name: 'alice' }, /name "alice" is taken/],
    ['node', { ...dave, node: 0x101 }, /node 0x101 is m1/],
    ['MAC address', { ...dave, mac: '02:bb:00:00:01:01' }, /that of m1/],
    ['port', { ...dave, port: 3 }, /port 3 of s1 is that of alice/],
  ] as const) {
    it(`refuses a host whose ${what} is taken`, async () => {
      const { operations } = await setUp();
      await assert.rejects(operations.addClient(host), { code: 'CONFLICT', message: pattern });
    });
  }

  for (const [what, host, pattern] of [
    ['switch', { ...m3, switch: 's2' }, /no switch "s2"; this fabric has s1/],
    ['port', { ...m3, port: 510 }, /not the CPU port, 510/],
    ['node', { ...m3, node: 0xffff }, /expected 1 to 0xfffe/],
    ['capacity', { ...m3, capacity: 5000 }, /multiple of the page size, 4096/],
    ['MAC address', { ...m3, mac: 'x' }, /expected one as/],
  ] as const) {
    it(`refuses a host whose ${what} makes no sense`, async () => {
      const { operations } = await setUp();
      await assert.rejects(operations.addServer(host), { code: 'INVALID', message: pattern });
    });
  }

  it('does not take a server away that is in use, but by force, with all permissions on it', async () => {
    const { operations, allocate, link, asPlanned } = await setUp();
    await allocate();
    await operations.move({ node: 0x101, range, to: 'm2' });
    await assert.rejects(operations.removeServer('m2'), { code: 'IN_USE', message: /1 ranges/ });
    await assert.rejects(operations.removeServer('m1'), { code: 'IN_USE', message: /1 allocations/ });
    await operations.removeServer('m1', { force: true });
    asPlanned();
    assert.ok(![...link.table.keys()].some((key) => key.includes('=101')));
    assert.deepEqual(operations.moves(), []);
  });

  it('does not leave memory without an owner, but by force', async () => {
    const { operations, allocate } = await setUp();
    await allocate();
    await assert.rejects(operations.removeClient('alice'), {
      code: 'IN_USE',
      message: /domain 1.*1 allocations/,
    });
    await operations.removeClient('alice', { force: true });
    assert.equal([...operations.allocations()].length, 1);
  });

  it('grants and revokes', async () => {
    const { operations, allocate, asPlanned } = await setUp();
    await allocate();
    const grant = { node: 0x101, range, client: 'bob', rights: RIGHTS.READ };
    assert.equal((await operations.grant(grant)).updates, 1);
    assert.deepEqual(
      [...operations.allocations({ domain: 2 })].map((a) => a.shares),
      [[{ domain: 2, ...range, rights: 1 }]],
    );
    asPlanned();
    await operations.revoke(grant);
    asPlanned();
    assert.deepEqual([...operations.allocations({ domain: 2 })], []);
    await assert.rejects(operations.grant({ ...grant, rights: 4 }), { code: 'INVALID' });
    await assert.rejects(operations.grant({ ...grant, client: 'nobody' }), { code: 'NOT_FOUND' });
    await assert.rejects(operations.grant({ ...grant, client: 'alice' }), { code: 'INVALID' });
    await assert.rejects(operations.grant({ ...grant, range: { start: 1n, end: 2n } }), { code: 'INVALID' });
    await assert.rejects(operations.grant({ ...grant, node: 0x102 }), { code: 'NOT_FOUND' });
  });

  it('changes nothing where the switch has no room, and says so', async () => {
    const { operations, link, store } = await setUp();
    link.size = link.table.size + 1;
    const before = [...link.table.keys()];
    await assert.rejects(operations.addClient(dave), { code: 'NO_ROOM', message: /s1 refused.*full/ });
    assert.deepEqual([...link.table.keys()], before);
    assert.equal(operations.clients().length, 3);
    assert.equal((await store.load()).size, 0);
  });

  it('changes nothing where the store has no room, and says so', async () => {
    const { operations, link, store } = await setUp();
    store.commit = () => Promise.reject(new StoreError('STORE_FULL', 'no space left on device'));
    const before = [...link.table.keys()];
    await assert.rejects(operations.addClient(dave), { code: 'NOT_STORED', message: /no space left/ });
    assert.deepEqual([...link.table.keys()], before);
    assert.equal(operations.clients().length, 3);
  });

  it('says which switches get a change later', async () => {
    const { operations, switches } = await setUp();
    switches.remove('s1');
    assert.deepEqual(await operations.addClient(dave), { updates: 0, pending: ['s1'] });
    assert.deepEqual(operations.status().switches, [
      { name: 's1', state: 'detached', entries: 0, missing: 0 },
    ]);
  });

  it('refuses while another controller leads', async () => {
    const { operations, depose } = await setUp();
    depose();
    await assert.rejects(operations.addClient(dave), { code: 'NOT_LEADING' });
    assert.equal(operations.status().leading, false);
    assert.throws(() => operations.servers(), { code: 'NOT_LEADING' });
  });

  it('tells observers of every operation and its outcome', async () => {
    const { operations } = await setUp();
    const events: ControllerEvent[] = [];
    const stop = operations.observe((event) => events.push(event));
    await operations.addClient(dave);
    await assert.rejects(operations.addClient(dave));
    stop();
    await operations.removeClient('dave');
    assert.deepEqual(
      events.map((e) => e.type === 'operation' && [e.operation, e.code]),
      [
        ['addClient', 'OK'],
        ['addClient', 'CONFLICT'],
      ],
    );
  });

  it('dumps what a switch should hold and what it does', async () => {
    const { operations } = await setUp();
    const keys = (entries: Parameters<typeof entryKey>[0][]) => entries.map(entryKey).sort();
    assert.deepEqual(keys(operations.planned('s1')), keys(await operations.actual('s1')));
    assert.throws(() => operations.planned('s9'), { code: 'NOT_FOUND', message: /there are: s1/ });
  });
});
