import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFabric } from '@bluebridge/templates';
import type { Finished } from '../messages.js';
import { namedSpec } from '../topology.js';
import type { Bench, Check } from './check.js';
import { checkMemory } from './memory.js';
import { checkReach } from './reach.js';
import { checkStop } from './stop.js';

const fabric = parseFabric(namedSpec({ kind: 'single' }, { servers: 1, clients: 2 }));
const [owner, other] = fabric.clients;
const done = (stdout = ''): Finished => ({ status: 0, stdout, stderr: '' });
const refused = (code: string): Finished => ({
  status: 1,
  stdout: '',
  stderr: `bluebridge: refused (${code})`,
});
const failedOf = (checks: readonly Check[]) => checks.filter((c) => !c.held).map((c) => c.name);

describe('what is checked in Mininet', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bluebridge-checks-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const bench = (run: Bench['run']): Bench => ({ fabric, folder, client: ['bb'], specFile: 'spec', run });

  /** A fabric as simple as can be: one file, and who may read it. `guarded`: whether anybody is ever refused. */
  function fakeFabric({ guarded = true, spoofable = false, damaged = false } = {}): Bench['run'] {
    let content: Buffer | undefined;
    const readers = new Set<string>();
    return async (host, argv) => {
      const as = argv[argv.indexOf('--as') + 1]!;
      const verb = argv.findIndex((a) => ['put', 'get', 'grant', 'revoke', 'free', 'write'].includes(a));
      const [name, first, second] = argv.slice(verb) as [string, string, string];
      if (as !== host && !spoofable) return refused('TIMEOUT');
      const allowed = !guarded || as === owner!.name || (name === 'get' && readers.has(as));
      if (name !== 'put' && (!allowed || (guarded && !content))) return refused('NO_PERMISSION');
      if (name === 'put') content = await readFile(first);
      if (name === 'get') await writeFile(second, damaged ? Buffer.alloc(3) : content!);
      if (name === 'grant') readers.add(second);
      if (name === 'revoke') readers.delete(second);
      if (name === 'free' && guarded) content = undefined;
      return done(name === 'put' ? '{"address":"fdbb:101::"}' : '');
    };
  }

  it('holds for a fabric that does what it should', async () => {
    const checks = await checkMemory(bench(fakeFabric()), owner!, other);
    assert.deepEqual(failedOf(checks), []);
    assert.equal(checks.length, 11);
    const alone = await checkMemory(bench(fakeFabric()), owner!, undefined);
    assert.deepEqual([failedOf(alone), alone.length], [[], 4]);
  });

  it('does not hold where nobody is refused', async () => {
    assert.deepEqual(failedOf(await checkMemory(bench(fakeFabric({ guarded: false })), owner!, other)), [
      'h3 has no permission: read refused',
      'h3 may only read: write refused',
      "h3's grant is revoked: read refused",
      'h2 has them no more: read refused',
    ]);
  });

  it('does not hold where a liar is believed, or other bytes come back', async () => {
    assert.deepEqual(failedOf(await checkMemory(bench(fakeFabric({ spoofable: true })), owner!, other)), [
      'h3 claims to be h2: dropped',
    ]);
    assert.deepEqual(failedOf(await checkMemory(bench(fakeFabric({ damaged: true })), owner!, other)), [
      'h2 reads them back',
      'h3 reads the same',
    ]);
  });

  it('says why nothing could be stored, and goes no further', async () => {
    const checks = await checkMemory(
      bench(async () => refused('NO_MEMORY')),
      owner!,
      other,
    );
    assert.deepEqual(checks, [
      { name: 'h2 stores 20603 bytes', held: false, seen: 'bluebridge: refused (NO_MEMORY)' },
    ]);
  });

  it('asks every host to ping every other, and names those that are silent', async () => {
    const asked: string[] = [];
    const checks = await checkReach(
      bench(async (host, argv) => {
        asked.push(`${host} ${argv.at(-1)}`);
        return host === 'h3' && argv.at(-1) === 'fd00:bb::1' ? refused('') : done('64 bytes ... time=0.5 ms');
      }),
    );
    assert.equal(new Set(asked).size, 6);
    assert.deepEqual(failedOf(checks), ['h3 reaches every other host over IPv6']);
    assert.equal(checks[2]!.seen, 'no answer from h2');
  });

  it('holds without ordinary traffic only where no ping gets through', async () => {
    const closed = { ...fabric, features: { ...fabric.features, ordinaryTraffic: false } };
    const quiet = await checkReach({ ...bench(async () => refused('')), fabric: closed });
    const open = await checkReach({ ...bench(async () => done('time=0.5 ms')), fabric: closed });
    assert.deepEqual([failedOf(quiet).length, failedOf(open).length], [0, 3]);
  });

  it('holds at the end where all have ended well and nothing is left allocated', async () => {
    const log = (text: string) => writeFile(join(folder, 'h1.log'), text);
    const ended = (statuses: Record<string, number>, well = true) => ({ well, statuses });
    await log('server h1: stopped with 0 allocations, 0 B\n');
    assert.deepEqual(failedOf(await checkStop(fabric, folder, ended({ 'switch s1': 0 }), false)), []);
    assert.deepEqual(failedOf(await checkStop(fabric, folder, ended({ 'switch s1': -2 }), true)), []);
    for (const end of [ended({ 'switch s1': -2 }), ended({ 'switch s1': 0 }, false), ended({})]) {
      assert.deepEqual(failedOf(await checkStop(fabric, folder, end, false)), [
        'everything stops when it is asked to',
      ]);
    }
    for (const text of ['server h1: stopped with 10 allocations, 40 KiB', '']) {
      await log(text);
      assert.deepEqual(failedOf(await checkStop(fabric, folder, ended({ 'switch s1': 0 }), false)), [
        'h1 holds nothing any more',
      ]);
    }
  });
});
