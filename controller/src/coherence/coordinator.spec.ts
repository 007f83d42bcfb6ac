import assert from 'node:assert/strict';
import { directory } from '@bluebridge/memory';
import { Coordinator } from './coordinator.js';
import { Regions } from './regions.js';
import { Sessions } from './sessions.js';
import { FakeSwitch, ManualTime, settle } from './testing.js';

const LEASE = 1000;
const MARGIN = 100;
const SERVER = 0x101;
const PAGE = 12;
const silent = { info() {}, warn() {}, error() {} };

function rig({ slots = 8, initialBits = 14, heatInterval = 0 } = {}) {
  const time = new ManualTime();
  const fake = new FakeSwitch(time);
  const sessions = new Sessions({ nodes: [1, 2, 3], lease: LEASE, margin: MARGIN, lastEpoch: 0 });
  const regions = new Regions(slots, 100);
  const coordinator = new Coordinator({
    sessions,
    regions,
    policy: {
      smallest: PAGE,
      largest: 16,
      hotAccesses: 10,
      hotShare: 0.5,
      coldAccesses: 1,
      changes: 1,
      spareSlots: 2,
    },
    initialBits,
    servers: () => [SERVER],
    allocationOf: (_node, pointer) => (pointer < 0x10000n ? { start: 0n, end: 0x10000n } : undefined),
    patience: LEASE,
    heatInterval,
    timers: time,
    log: silent as never,
  });
  const begin = async (): Promise<void> => {
    coordinator.reset(true);
    await coordinator.start(fake);
  };
  const region = (): { slot: number; generation: number; state: string } => [...fake.regions.values()][0]!;
  const owns = (index: number, slot = region().slot): void => {
    const sender = directory.senderOf(index);
    directory.getModified(fake.entry(slot), sender, 9, 0, 0);
    directory.unblock(fake.entry(slot), sender, 9, true);
  };
  return { time, fake, coordinator, sessions, regions, begin, region, owns };
}

describe('coherence coordinator', () => {
  describe('sessions', () => {
    it('answers a JOIN after the source guard has the epoch and no slot knows the client', async () => {
      const { fake, coordinator, begin, owns, region } = rig();
      await begin();
      await coordinator.missed(SERVER, 0n);
      owns(0);
      fake.log.length = 0;
      const session = await coordinator.join(1, 5n, 1);
      assert.equal(session?.epoch, 1);
      assert.deepEqual(fake.log, ['guard 1 1/0', `fence ${region().slot} 0`]);
      assert.equal(fake.entry(region().slot).sharersLo, 0);
    });

    it('answers the same JOIN again without touching anything, and drops an older one', async () => {
      const { fake, coordinator, begin } = rig();
      await begin();
      await coordinator.join(1, 5n, 2);
      fake.log.length = 0;
      assert.equal((await coordinator.join(1, 5n, 2))?.epoch, 1);
      assert.equal(await coordinator.join(1, 5n, 1), undefined);
      assert.equal(await coordinator.join(1, 4n, 7), undefined);
      assert.deepEqual(fake.log, []);
      assert.equal((await coordinator.join(1, 6n, 1))?.epoch, 2);
    });

    it('fences a client that was silent for a lease, and not one that renews', async () => {
      const { time, fake, coordinator, begin, owns, region } = rig();
      await begin();
      await coordinator.missed(SERVER, 0n);
      await coordinator.join(1, 5n, 1);
      await coordinator.join(2, 5n, 1);
      owns(0);
      for (let i = 0; i < 3; i++) {
        await time.pass(500);
        assert.ok(coordinator.renew(2, 2));
      }
      assert.deepEqual(fake.guards.get(1), { epoch: 0, writebackEpoch: 0 });
      assert.equal(fake.guards.get(2)?.epoch, 2);
      assert.equal(fake.entry(region().slot).sharersLo, 0);
      assert.equal(coordinator.renew(1, 1), undefined);
    });
  });

  describe('regions', () => {
    it('gives a slot on a miss, inside the allocation, once', async () => {
      const { fake, coordinator, begin } = rig();
      await begin();
      await Promise.all([coordinator.missed(SERVER, 0x5000n), coordinator.missed(SERVER, 0x5000n)]);
      await coordinator.missed(SERVER, 0x20000n); // no allocation
      assert.deepEqual([...fake.regions.keys()], [`${SERVER}:${0x4000}/14`]);
    });

    it('serves what finds no slot uncached', async () => {
      const { fake, coordinator, begin } = rig({ slots: 1 });
      await begin();
      await coordinator.missed(SERVER, 0n);
      await coordinator.missed(SERVER, 0x8000n);
      assert.equal(fake.regions.size, 1);
    });

    it('takes the slot back when the table is full', async () => {
      const { fake, coordinator, begin, regions } = rig();
      await begin();
      fake.full.add('directory');
      await coordinator.missed(SERVER, 0n);
      assert.equal(regions.freeSlots, 8);
      assert.equal(fake.regions.size, 0);
    });

    it('removes an entry when nobody has a copy any more, and gives the node a new generation first', async () => {
      const { fake, coordinator, begin, owns, regions } = rig();
      await begin();
      await coordinator.missed(SERVER, 0n);
      owns(1);
      fake.answering.add(1);
      const before = fake.uncached.get(SERVER)!;
      fake.log.length = 0;
      await coordinator.withdraw(SERVER, { start: 0n, end: 0x1000n }, { remove: true });
      assert.deepEqual(fake.log, [
        `closing ${SERVER}:0/14`,
        'recall 0 probe',
        `uncached ${SERVER}`,
        `delete ${SERVER}:0/14`,
      ]);
      assert.ok(fake.uncached.get(SERVER)! > before);
      assert.equal(regions.freeSlots, 8);
    });

    it('opens a region anew under another generation when rights were taken', async () => {
      const { fake, coordinator, begin, owns, region } = rig();
      await begin();
      await coordinator.missed(SERVER, 0n);
      owns(1);
      fake.answering.add(1);
      const { generation } = region();
      await coordinator.withdraw(SERVER, { start: 0n, end: 0x1000n }, { remove: false });
      assert.deepEqual([region().state, region().generation > generation], ['cached', true]);
      assert.deepEqual(fake.entry(region().slot), directory.newEntry());
    });

    it('splits a region that clients invalidate one another in, and merges what has cooled down when slots run short', async () => {
      const { time, fake, coordinator, begin, regions } = rig({
        slots: 3,
        initialBits: 13,
        heatInterval: 100,
      });
      await begin();
      await coordinator.missed(SERVER, 0n);
      Object.assign(fake.entry(0), { accesses: 20, probes: 15 });
      await time.pass(150);
      assert.deepEqual([...fake.regions.keys()].sort(), [`${SERVER}:0/12`, `${SERVER}:4096/12`]);
      await time.pass(100); // both are cold, and one slot is free where two should be
      assert.deepEqual([...fake.regions.keys()], [`${SERVER}:0/13`]);
      assert.equal(regions.freeSlots, 2);
    });

    it('does not split a region before everybody has given up their copies', async () => {
      const { time, fake, coordinator, begin, owns } = rig({ initialBits: 13, heatInterval: 100 });
      await begin();
      await coordinator.join(3, 1n, 1);
      await coordinator.missed(SERVER, 0n);
      owns(2);
      Object.assign(fake.entry(0), { accesses: 20, probes: 15 });
      await time.pass(300);
      assert.deepEqual(
        [...fake.regions.values()].map(({ state }) => state),
        ['closing'],
      );
      fake.answering.add(2);
      await time.pass(100);
      assert.equal(fake.regions.size, 2);
    });
  });

  describe('a client that does not answer probes', () => {
    it('is expelled after a while, and counts no more when its lease is over', async () => {
      const { time, fake, coordinator, begin, owns, region } = rig();
      await begin();
      await coordinator.join(1, 5n, 1);
      await coordinator.missed(SERVER, 0n);
      owns(0);
      void coordinator.complain(SERVER, 0x1000n);
      const generation = region().generation;
      for (let i = 0; i < 10; i++) {
        await time.pass(100);
        coordinator.renew(1, 1); // it is alive, it only does not answer
      }
      await time.pass(100);
      assert.equal(fake.guards.get(1)?.epoch, 0);
      assert.equal(coordinator.renew(1, 1), undefined);
      assert.equal(region().state, 'closing'); // its copies may still be in use
      await time.pass(LEASE + MARGIN);
      assert.deepEqual([region().state, region().generation > generation], ['cached', true]);
      assert.equal((await coordinator.join(1, 5n, 2))?.state, 'live');
    });
  });

  describe('a switch that has restarted', () => {
    it('opens nothing before every session has joined anew or has run out', async () => {
      const { time, fake, coordinator, begin } = rig();
      await begin();
      await coordinator.join(1, 5n, 1);
      await coordinator.join(2, 5n, 1);
      await coordinator.missed(SERVER, 0n);
      coordinator.stop();
      const empty = new FakeSwitch(time);
      coordinator.reset(true);
      await coordinator.start(empty);
      assert.equal(coordinator.isOpen, false);
      const guards = [...coordinator.sessions].map(({ epoch, writebackEpoch }) => [epoch, writebackEpoch]);
      assert.deepEqual(guards, [
        [0, 1],
        [0, 2],
        [0, 0],
      ]);
      await coordinator.missed(SERVER, 0n);
      assert.equal(empty.regions.size, 0);
      assert.equal((await coordinator.join(1, 5n, 2))?.epoch, 3);
      assert.equal(empty.uncached.size, 0);
      await time.pass(LEASE + MARGIN); // client 2 is never heard of again
      assert.deepEqual(empty.guards.get(2), { epoch: 0, writebackEpoch: 0 });
      assert.equal(empty.uncached.size, 1);
      assert.ok(empty.uncached.get(SERVER)! > fake.uncached.get(SERVER)!);
    });

    it('waits for a whole lease where nothing is known of sessions before', async () => {
      const { time, fake, coordinator } = rig();
      coordinator.reset(false);
      await coordinator.start(fake);
      await time.pass(LEASE);
      assert.equal(coordinator.isOpen, false);
      await time.pass(MARGIN + 10);
      assert.equal(coordinator.isOpen, true);
    });

    it('is told to work out what was half done when it comes back as it was', async () => {
      const { time, fake, coordinator, begin, owns } = rig();
      await begin();
      await coordinator.join(2, 5n, 1);
      await coordinator.missed(SERVER, 0n);
      owns(1);
      void coordinator.withdraw(SERVER, { start: 0n, end: 1n }, { remove: true });
      await time.pass(50);
      coordinator.stop();
      await time.pass(100);
      fake.answering.add(1);
      await coordinator.start(fake);
      await time.pass(100);
      assert.equal(fake.regions.size, 0);
    });
  });

  it('does nothing without a switch', async () => {
    const { coordinator } = rig();
    assert.equal(await coordinator.join(1, 1n, 1), undefined);
    await coordinator.missed(SERVER, 0n);
    await coordinator.complain(SERVER, 0n);
    await coordinator.withdraw(SERVER, { start: 0n, end: 1n }, { remove: true });
    await settle();
  });
});
