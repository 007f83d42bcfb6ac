import assert from 'node:assert/strict';
import { Controller, entryKey, LmdbStore } from '@bluebridge/controller';
import { wire } from '@bluebridge/memory';
import { type Fabric, loadFabric, renderProgram } from '@bluebridge/templates';
import { compileProgram, LocalFabric } from 'bluebridge';
import { P4RuntimeClient, pipelineCookie } from 'p4runtime-js';
import pino from 'pino';
import { bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

const log = pino({ level: 'silent' });

describe('controller and switch', function () {
  this.timeout(60_000);
  let fabric: Fabric;
  let pipeline: ReturnType<typeof compileProgram>['pipeline'];
  let local: LocalFabric;

  before(async () => {
    fabric = await loadFabric(`${ROOT}examples/quickstart.yaml`);
    pipeline = compileProgram('quickstart.p4', renderProgram(fabric, 'embedded')).pipeline;
  });
  beforeEach(async () => {
    local = await LocalFabric.startSwitches({ fabric, log });
  });
  afterEach(() => local.stop());

  const connect = (electionId = 1) =>
    P4RuntimeClient.connect({ address: local.running.address, deviceId: 1n, electionId });
  const controller = () => new Controller({ fabric, pipeline, log });

  it('refuses to work beside another controller, and says what to do', async () => {
    const [first, second] = [await connect(7), await connect(3)];
    await controller().attach(first);
    await assert.rejects(controller().attach(second), {
      code: 'CONTROLLER_NOT_PRIMARY',
      message: /another controller is primary.*election id 3.*--election-id/,
    });
    first.close();
    second.close();
  });

  it('does not replace the program of somebody else unless it is told to', async () => {
    const client = await connect();
    await client.setPipeline({ ...pipeline, cookie: { cookie: 0xabcn } });
    await assert.rejects(controller().attach(client), {
      code: 'CONTROLLER_OTHER_PROGRAM',
      message: /runs another program \(cookie 0xabc.*--replace/,
    });
    const report = await controller().attach(client, { replace: true });
    assert.equal(report.pipeline, 'pushed');
    client.close();
  });

  it('writes nothing when it attaches again to a switch that is as intended', async () => {
    const client = await connect();
    const first = await controller().attach(client);
    const again = await controller().attach(client);
    assert.equal(first.updates, first.entries);
    assert.deepEqual([again.pipeline, again.updates], ['kept', 0]);
    client.close();
  });

  it('goes on after a restart of the controller: what was allocated and shared stays so', async () => {
    await local.startController(pipeline);
    local.startHosts();
    const [alice, bob] = [local.clients.get('alice')!.client, local.clients.get('bob')!.client];
    const region = await alice.alloc(16384);
    await alice.write(region, new Uint8Array(16384).fill(7));
    await alice.grant(region, 2, wire.Right.READ);
    await local.controller!.close();

    const report = await local.startController(pipeline);
    assert.deepEqual([report.pipeline, report.updates, report.adopted], ['kept', 0, 1]);
    assert.equal((await bob.read(region, 16384))[100], 7);
    await alice.revoke(region, 2);
    await assert.rejects(bob.read(region, 4096), { code: 'NO_PERMISSION' });
    assert.equal(await alice.free(region), 16384);
    await assert.rejects(alice.read(region, 4096), { code: 'NO_PERMISSION' });
  });

  it('goes on after both have died: the store says who owns what, also to a switch that knows nothing', async () => {
    const place = new Workplace();
    const kept = () => new Controller({ fabric, pipeline, log, store: LmdbStore.open(place.path('store')) });
    try {
      const [first, second] = [kept(), await connect(2)];
      await first.attach(second);
      local.startHosts();
      const alice = local.clients.get('alice')!.client;
      const region = await alice.alloc(16384);
      await alice.grant(region, 2, wire.Right.READ);
      const planned = first.operations.planned('s1').map(entryKey).sort();
      await first.close();
      // What somebody else has left there does not count for more than what is stored.
      const other = await connect(3);
      await other.setPipeline({ ...pipeline, cookie: { cookie: pipelineCookie(pipeline) } });
      other.close();

      const again = kept();
      const report = await again.attach(await connect(4));
      assert.equal(report.updates, planned.length);
      assert.deepEqual((await again.operations.actual('s1')).map(entryKey).sort(), planned);
      assert.equal((await alice.read(region, 4096)).length, 4096);
      assert.equal(await alice.free(region), 16384);
      await again.close();
    } finally {
      place.remove();
    }
  });

  it('brings a switch that lost everything back to what is intended', async () => {
    await local.startController(pipeline);
    local.startHosts();
    const alice = local.clients.get('alice')!.client;
    const region = await alice.alloc(4096);
    await alice.write(region, new Uint8Array(4096).fill(9));
    // As after a restart of the switch: the program is there again, the tables are empty.
    const other = await connect(9);
    await other.setPipeline({ ...pipeline, cookie: { cookie: pipelineCookie(pipeline) } });
    const report = await local.controller!.attach(other);
    assert.deepEqual([report.updates, report.adopted], [report.entries, 1]);
    assert.equal((await alice.read(region, 4096))[0], 9);
    other.close();
  });

  it('times out, and says of what, when the switch dies in the middle', async () => {
    await local.startController(pipeline);
    local.startHosts(300);
    const alice = local.clients.get('alice')!.client;
    const region = await alice.alloc(4096);
    await local.running.kill();
    await assert.rejects(alice.read(region, 4096), {
      code: 'TIMEOUT',
      message: /READ of 4096 bytes at fdbb:10[12]::/,
    });
  });

  it('says that no switch is there', async () => {
    const place = new Workplace();
    try {
      const spec = await place.quickstart();
      const { code, stderr } = await bluebridge(['controller', spec, '--once', '--log', 'silent']);
      assert.equal(code, 1);
      assert.match(stderr, /bluebridge: UNAVAILABLE: .*127\.0\.0\.1:\d+/);
    } finally {
      place.remove();
    }
  });
});
