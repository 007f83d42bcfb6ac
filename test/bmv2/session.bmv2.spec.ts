import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Change, Pipeline, PlannedEntry } from '@bluebridge/controller';
import { getFile, putFile } from '@bluebridge/memory';
import { ACTIONS, RIGHTS, TABLES } from '@bluebridge/templates';
import { pipelineBy } from './support/programs.js';
import { Rig } from './support/rig.js';
import { targets } from './support/targets.js';

const PAGE_BITS = 12n;
const { permission } = TABLES;

/** Domain 1 on a page of m1. */
const allow = (page: number, rights: number): PlannedEntry => ({
  table: permission.name,
  match: {
    [permission.keys.domain]: 1n,
    [permission.keys.node]: 0x101n,
    [permission.keys.pointer]: { value: BigInt(page) << PAGE_BITS, prefix: 52 },
  },
  action: ACTIONS.allow.name,
  params: { rights: BigInt(rights) },
});
const OWNER = RIGHTS.OWNER | RIGHTS.READ | RIGHTS.WRITE;
const pages = (first: number, count: number, type: Change['type'], rights: number = RIGHTS.READ): Change[] =>
  Array.from({ length: count }, (_, i) => ({ type, entry: allow(first + i, rights) }));

// What the P4Runtime server of BMv2 lacks or does in its own way must not be seen through the controller.
for (const target of targets()) {
  describe(`controller and ${target}`, function () {
    this.timeout(60_000);
    let rig: Rig;
    let pipeline: Pipeline;
    beforeEach(async () => {
      rig = await Rig.start(target);
      pipeline = pipelineBy('ours', rig.fabric, target);
      await rig.control(pipeline);
    });
    afterEach(() => rig.stop());
    const permissions = async () => (await rig.link.read([permission.name])).length;

    it('gives a switch without a program its program and its entries', () => {
      assert.deepEqual(rig.report, { pipeline: 'pushed', entries: 12, updates: 12, adopted: 0, refused: 0 });
    });

    it('goes on where an earlier controller left off', async () => {
      assert.deepEqual(await rig.link.write(pages(0, 3, 'insert', OWNER)), []);
      rig.client.close();
      await rig.client.ended;
      const client = await rig.connect(2);
      const report = await rig.newController(pipeline).attach(client);
      client.close();
      assert.deepEqual(report, { pipeline: 'kept', entries: 15, updates: 0, adopted: 3, refused: 0 });
    });

    it('removes what nobody can have meant', async () => {
      assert.deepEqual(await rig.link.write([...pages(0, 1, 'insert', OWNER), ...pages(5, 1, 'insert')]), []);
      const client = await rig.connect(2);
      const report = await rig.newController(pipeline).attach(client);
      client.close();
      assert.deepEqual(report, { pipeline: 'kept', entries: 13, updates: 1, adopted: 1, refused: 0 });
    });

    for (const [what, cookie] of [
      ['another cookie', { cookie: 0xabcn }],
      ['no cookie', null],
    ] as const) {
      it(`leaves a program with ${what} alone until it is told to replace it`, async () => {
        await rig.client.setPipeline({ ...pipeline, cookie });
        const controller = rig.newController(pipeline);
        await assert.rejects(controller.attach(rig.client), { code: 'CONTROLLER_OTHER_PROGRAM' });
        const report = await controller.attach(rig.client, { replace: true });
        assert.deepEqual(report, { pipeline: 'pushed', entries: 12, updates: 12, adopted: 0, refused: 0 });
      });
    }

    it('keeps off a switch that another controller has, and takes it over with a higher election id', async () => {
      const lower = await rig.connect(0xffff_ffff);
      assert.equal(lower.isPrimary, true);
      const lost = await rig.connect(7);
      await assert.rejects(rig.newController(pipeline).attach(lost), { code: 'CONTROLLER_NOT_PRIMARY' });
      await assert.rejects(rig.link.write(pages(0, 1, 'insert')), /PERMISSION_DENIED/);
      await lost.arbitrate(2n ** 64n);
      assert.equal((await rig.newController(pipeline).attach(lost)).updates, 0);
      for (const client of [lower, lost]) client.close();
    });

    it('comes to what it wants whatever is there already', async () => {
      assert.deepEqual(await rig.link.write(pages(0, 2, 'insert')), []);
      const all: Change[] = [
        ...pages(0, 1, 'insert', OWNER),
        ...pages(1, 2, 'modify', OWNER),
        ...pages(9, 1, 'delete'),
      ];
      assert.deepEqual(await rig.link.write(all), []);
      const rights = (await rig.link.read([permission.name])).map(({ params }) => params.rights);
      assert.deepEqual(rights, [BigInt(OWNER), BigInt(OWNER), BigInt(OWNER)]);
    });

    it('is told of each entry that does not fit into a full table, and the others are there', async () => {
      const size = rig.fabric.tables.permissions;
      const refused = await rig.link.write(pages(0, size + 100, 'insert'));
      assert.equal(refused.length, 100);
      assert.ok(refused.every(({ change, reason }) => change.type === 'insert' && reason !== ''));
      assert.equal(await permissions(), size);
      assert.deepEqual(await rig.link.write(pages(0, size + 100, 'delete')), []);
      assert.equal(await permissions(), 0);
    });

    it('brings a switch that was restarted to what it was', async () => {
      const [alice] = rig.startHosts().clients;
      const stored = await putFile(alice!, Buffer.alloc(100_000, 'remote'));
      const before = await rig.link.read([permission.name]);
      const report = await rig.restartSwitch();
      assert.deepEqual([report.pipeline, report.entries], ['pushed', 12 + before.length]);
      assert.equal((await getFile(alice!, stored.address, () => {})).sha256, stored.sha256);
    });

    it('is primary again when one with a higher election id has left', async () => {
      const displaced = once(rig.client, 'arbitration');
      const higher = await rig.connect(5);
      await displaced;
      assert.equal(rig.client.isPrimary, false);
      // Our switch then has no primary until somebody claims it (specification, "Arbitration"); BMv2 promotes the next one.
      const told = once(rig.client, 'arbitration');
      higher.close();
      await told;
      await rig.client.arbitrate(6);
      assert.equal((await rig.newController(pipeline).attach(rig.client)).updates, 0);
    });
  });
}
