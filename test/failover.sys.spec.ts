import assert from 'node:assert/strict';
import { TestEtcd } from '../controller/src/testing/index.js';
import { Bluebridge } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

describe('two controllers with one etcd', function () {
  this.timeout(120_000);
  let place: Workplace;
  let etcd: TestEtcd;
  beforeEach(async () => {
    place = new Workplace();
    etcd = await TestEtcd.start();
  });
  afterEach(async () => {
    await Bluebridge.stopAll();
    await etcd.stop();
    place.remove();
  });

  it('one leads; when it is killed the other takes over, with what was stored, and clients go on', async () => {
    const spec = await place.quickstart();
    const start = async (args: string[], ready: RegExp): Promise<Bluebridge> => {
      const started = Bluebridge.start(args, { cwd: place.folder, env: { BLUEBRIDGE_SPEC: spec } });
      await started.says(ready);
      return started;
    };
    const store = `etcd:${new URL(etcd.address).host}`;
    await start(['switch'], /P4Runtime on .*Ctrl-C stops it/);
    const first = await start(['controller', '--store', store], /✓ control .*primary/);
    const second = await start(['controller', '--store', store], /another controller leads/);
    await start(['server', 'm1'], /Ctrl-C stops it/);
    await start(['server', 'm2'], /Ctrl-C stops it/);
    const client = async (...args: string[]) => {
      const { code, stdout, stderr } = await Bluebridge.start(['client', ...args], {
        cwd: place.folder,
        env: { BLUEBRIDGE_SPEC: spec },
      }).finished;
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const address = /fdbb:[0-9a-f:]+/.exec(await client('--as', 'alice', 'alloc', '4096'))![0];
    await first.stop('SIGKILL');
    await second.says(/✓ store .*1 allocations/);
    await second.says(/✓ control .*program kept.* 0 updates/);
    await client('--as', 'alice', 'free', address);
  });
});
