import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Bluebridge, bluebridge } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

/** `bluebridge vmem`: what runs on mapped memory gives what it gives on an ordinary array. Needs userfaultfd. */
describe('bluebridge vmem', function () {
  this.timeout(300_000);
  const place = new Workplace();
  let env: Record<string, string>;
  let file: string;
  before(async () => {
    env = { BLUEBRIDGE_SPEC: await place.quickstart() };
    file = place.path('text');
    let text = '';
    for (let i = 0; text.length < 150_000; i++)
      text += `${(i * 7919) % 10_007} words${i % 9 === 0 ? '\n' : ' '}`;
    writeFileSync(file, text);
  });
  afterEach(() => Bluebridge.stopAll());
  after(() => place.remove());

  const PAGES = 48;
  async function run(workload: string, backend: string) {
    const size = ['--pages', String(PAGES), '--frames', '8'];
    const args = ['vmem', workload, file, '--backend', backend, ...size, '--json'];
    const { code, stdout, stderr } = await bluebridge(args, { env });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { result: object; faults: number; resident: number };
  }

  for (const workload of ['wc', 'sort', 'scan', 'focus']) {
    it(`${workload}: the same in memory, in a file and in remote memory as on an ordinary array`, async () => {
      const start = async (ready: RegExp, ...args: string[]): Promise<Bluebridge> => {
        const process = Bluebridge.start(args, { env });
        await process.says(ready);
        return process;
      };
      await start(/Ctrl-C stops it/, 'switch');
      await start(/✓ control .*primary/, 'controller');
      const servers = [
        await start(/Ctrl-C stops it/, 'server', 'm1'),
        await start(/Ctrl-C stops it/, 'server', 'm2'),
      ];
      const { result } = await run(workload, 'local');
      for (const backend of ['mem', 'disk', 'remote']) {
        const mapped = await run(workload, backend);
        assert.deepEqual(mapped.result, result, backend);
        assert.ok(mapped.faults > PAGES / 8 && mapped.resident <= 8, JSON.stringify(mapped));
      }
      for (const server of servers) assert.match((await server.stop()).stderr, /stopped with 0 allocations/);
    });
  }

  it('says what is wrong with the command line', async () => {
    const told = async (...args: string[]) => {
      const { code, stderr } = await bluebridge(['vmem', ...args], { env });
      assert.equal(code, 2, stderr);
      return stderr;
    };
    assert.match(await told('wc', place.path('none'), '--backend', 'mem'), /ENOENT/);
    assert.match(
      await told('wc', file, '--backend', 'mem', '--pages', '2'),
      /more than 2 pages of 4096 bytes/,
    );
    assert.match(
      await told('wc', file, '--backend', 'mem', '--frames', '1'),
      /1 frames are not a whole number from 2 on/,
    );
    assert.match(await told('count', file), /Allowed choices are wc, sort, scan, focus/);
    assert.match(await told('wc', file, '--as', 'nobody'), /no client nobody; it has: alice, bob/);
  });
});
