import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { Bluebridge, bluebridge } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

describe('bluebridge ctl', function () {
  this.timeout(120_000);
  let place: Workplace;
  let env: NodeJS.ProcessEnv;
  let controller: Bluebridge;

  before(async () => {
    place = new Workplace();
    const spec = await place.quickstart();
    env = { BLUEBRIDGE_SPEC: spec, BLUEBRIDGE_API_TOKEN_FILE: place.path('token') };
    const running = Bluebridge.start(['switch'], { env });
    await running.says(/ready|listening|Ctrl-C/i);
    controller = Bluebridge.start(['controller', '--store', 'memory', '--api', '127.0.0.1:0'], { env });
    const [, url] = await controller.says(/"api":"(http[^"]+)"/);
    env.BLUEBRIDGE_API = url;
    await controller.says(/switch attached/);
  });
  after(async () => {
    await Bluebridge.stopAll();
    place.remove();
  });

  const ctl = (...args: string[]) => bluebridge(['ctl', ...args], { env });
  const json = async (...args: string[]) => {
    const { stdout, stderr, code } = await ctl('--json', ...args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };

  it('changes a running fabric, and the switch holds the change', async () => {
    const before = await json('dump', 's1', '--actual');
    const dave = ['dave', '--node', '0x4', '--mac', '02:bb:00:00:00:04', '--port', '9'];
    const added = await ctl('add-client', ...dave);
    assert.deepEqual([added.code, added.stdout.slice(0, 5)], [0, 'done:']);
    const after = await json('dump', 's1', '--actual');
    const sorted = (entries: object[]) => entries.map((e) => JSON.stringify(e)).sort();
    assert.ok(after.length > before.length);
    assert.deepEqual(sorted(after), sorted(await json('dump', 's1')));
    assert.equal((await json('clients')).at(-1).name, 'dave');
    assert.equal((await ctl('remove-client', 'dave')).code, 0);
    assert.deepEqual(sorted(await json('dump', 's1', '--actual')), sorted(before));
  });

  it('shows tables to people', async () => {
    await ctl('drain', 'm1');
    const { stdout } = await ctl('servers');
    assert.match(stdout, /m1 .*true/);
    assert.equal((await ctl('undrain', 'm1')).code, 0);
    assert.match((await ctl('status')).stdout, /s1 .*attached/);
  });

  it('says what was wrong: 1 refused, 2 the command line', async () => {
    const refused = await ctl('drain', 'm9');
    assert.deepEqual([refused.code, /NOT_FOUND: .*there are: m1, m2/.test(refused.stderr)], [1, true]);
    const misspelt = await ctl('stauts');
    assert.deepEqual([misspelt.code, /Did you mean status\?/.test(misspelt.stderr)], [2, true]);
    const nobody = await ctl('--api', 'http://127.0.0.1:1', 'status');
    assert.deepEqual([nobody.code, /no answer from http:\/\/127.0.0.1:1/.test(nobody.stderr)], [1, true]);
    const stranger = await ctl(
      '--token-file',
      place.write('other', 'a-token-of-somebody-else', 0o600),
      'status',
    );
    assert.deepEqual([stranger.code, /UNAUTHENTICATED/.test(stranger.stderr)], [1, true]);
    const open = await ctl('--token-file', place.write('open', 'a-token-of-somebody-else', 0o644), 'status');
    assert.deepEqual([open.code, /chmod 600/.test(open.stderr)], [1, true]);
  });

  it('has a token that is its owner’s alone and that the log does not tell', () => {
    assert.equal(statSync(place.path('token')).mode & 0o777, 0o600);
    const token = place.read('token').toString().trim();
    assert.ok(!`${controller.stdout}${controller.stderr}`.includes(token));
  });
});
