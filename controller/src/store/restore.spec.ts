import assert from 'node:assert/strict';
import { RIGHTS } from '@bluebridge/templates';
import type { Effect } from '../intent/effect.js';
import { Intent } from '../intent/intent.js';
import { planSwitch } from '../plan/plan.js';
import { Journal } from '../run/journal.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { MemoryStore } from './memory-store.js';
import { ADOPTED, adoptedKey, fabricKey, fabricRecord } from './records.js';
import { restoreIntent } from './restore.js';

const page = 4096n;
const stamp = (generation: bigint) => ({ incarnation: 7n, generation });

/** An intent with something of everything, and what a store has of it. */
async function storedIntent() {
  const intent = new Intent(fabric);
  const store = new MemoryStore();
  const journal = new Journal(store, intent, () => {});
  const { allocations, moves } = intent;
  const effects: Effect[] = [
    allocations.allocated(0x101, { start: 0n, end: 4n * page }, 1, stamp(1n)),
    allocations.allocated(0x101, { start: 1n << 48n, end: (1n << 48n) + page }, 2, stamp(3n)),
    allocations.allocated(0x102, { start: 0n, end: page }, 3, stamp(2n ** 63n)),
    allocations.freed(0x102, { start: 0n, end: page }, stamp(2n ** 63n + 1n)),
  ];
  const shared = { start: page, end: 3n * page, rights: RIGHTS.READ };
  effects.push(allocations.share(allocations.find(0x101, shared)!, 2, shared));
  effects.push(moves.move(0x101, { start: 0n, end: 2n * page }, 0x102));
  effects.push(intent.setDraining('m1', true));
  const dave = { ...fabric.clients[0]!, name: 'dave', node: 9, mac: '02:bb:00:00:00:09', port: 9 };
  const clients = [...fabric.clients.filter((c) => c.name !== 'carol'), dave];
  effects.push(intent.setHosts({ ...fabric, clients }, ['dave', 'carol']));
  journal.put(fabricKey, fabricRecord(fabric));
  journal.put(adoptedKey, ADOPTED);
  journal.record(effects);
  assert.equal(await journal.flush(), undefined);
  return { intent, records: await store.load() };
}

describe('What is stored', () => {
  it('becomes the same intent again', async () => {
    const { intent, records } = await storedIntent();
    const restored = new Intent(fabric);
    assert.equal(restoreIntent(records, restored), true);
    assert.deepEqual([...restored.allocations], [...intent.allocations]);
    assert.deepEqual([...restored.moves], [...intent.moves]);
    assert.deepEqual([...restored.draining], ['m1']);
    assert.deepEqual(restored.fabric, intent.fabric);
    assert.deepEqual(planSwitch(restored, 's1'), planSwitch(intent, 's1'));
    assert.equal(restored.allocations.used(0x101), intent.allocations.used(0x101));
  });

  it('still tells late words of a server from new ones', async () => {
    const { records } = await storedIntent();
    const restored = new Intent(fabric);
    restoreIntent(records, restored);
    const again = restored.allocations.allocated(0x101, { start: 0n, end: 4n * page }, 1, stamp(1n));
    assert.equal(again.verdict, 'repeated');
    const late = restored.allocations.allocated(0x102, { start: 0n, end: page }, 3, stamp(2n ** 63n));
    assert.equal(late.verdict, 'stale');
    assert.equal(
      restored.allocations.freed(0x101, { start: 0n, end: 4n * page }, stamp(2n)).verdict,
      'applied',
    );
  });

  it('is new where nothing is stored, and where what switches hold has not been learnt', () => {
    assert.equal(restoreIntent(new Map(), new Intent(fabric)), false);
    assert.equal(restoreIntent(new Map([[fabricKey, fabricRecord(fabric)]]), new Intent(fabric)), false);
  });

  for (const [what, record, code, message] of [
    ['of another fabric', '{"format":1,"fabric":"lab"}', 'STORE_FOREIGN', /fabric "lab"/],
    ['of a newer version', `{"format":2,"fabric":"${fabric.name}"}`, 'STORE_FOREIGN', /format 2/],
    ['that is no JSON', '{', 'STORE_CORRUPT', /record fabric/],
  ] as const) {
    it(`refuses a store ${what}`, () => {
      const records = new Map([[fabricKey, record]]);
      assert.throws(() => restoreIntent(records, new Intent(fabric)), { code, message });
    });
  }

  it('refuses a store of something else', () => {
    const records = new Map([['colour', 'blue']]);
    assert.throws(() => restoreIntent(records, new Intent(fabric)), { code: 'STORE_FOREIGN' });
  });

  for (const [key, value] of [
    ['allocation/0101/0000000000000000', '{"end":"1000","owner":1}'],
    ['allocation/0101/0000000000000000', '{"end":"x","owner":1,"generation":"0"}'],
    ['allocation/01/0000000000000000', '{"end":"1000","owner":1,"generation":"0"}'],
    ['allocation/0101', '{"end":"1000","owner":1,"generation":"0"}'],
    ['life/0101', '{"incarnation":"1"}'],
    ['move/0101/0', '{"end":"1000","to":70000}'],
    ['host/dave', '{"role":"king"}'],
    ['secret/0', '{}'],
  ] as const) {
    it(`names the record that makes no sense: ${key} ${value}`, () => {
      const records = new Map([
        [fabricKey, fabricRecord(fabric)],
        [key, value],
      ]);
      assert.throws(() => restoreIntent(records, new Intent(fabric)), {
        code: 'STORE_CORRUPT',
        message: new RegExp(`record ${key}`),
      });
    });
  }
});
