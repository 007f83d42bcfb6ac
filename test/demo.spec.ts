import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { generate, loadFabric } from '@bluebridge/templates';
import { Bluebridge, bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

const QUICKSTART = `${ROOT}examples/quickstart.yaml`;

interface Report {
  checks: { name: string; held: boolean; seen: string }[];
  counters: Record<string, Record<string, { packets: number }>>;
  operations: { operation: string; count: number }[];
}

describe('bluebridge up --demo', function () {
  this.timeout(60_000);
  let place: Workplace;
  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(async () => {
    await Bluebridge.stopAll();
    place.remove();
  });

  it('shows each step with its time, prints a table, and exits 0', async () => {
    const { code, stdout, stderr } = await bluebridge(['up', QUICKSTART, '--demo', '--operations', '50']);
    assert.equal(code, 0, stderr);
    for (const step of ['spec', 'render', 'compile', 'switch', 'control', 'hosts', 'demo']) {
      assert.match(stderr, new RegExp(`✓ ${step} .*\\d (ms|s)\n`), `a line for the step ${step}`);
    }
    assert.match(stderr, /10 of 10 checks held/);
    assert.match(stdout, /operation .* count .* p50 .* p99/);
    assert.match(stdout, /refused .* NO_PERMISSION/);
  });

  it('stores a file of one’s own, page by page on both servers', async () => {
    const file = place.write('own.bin', randomBytes(300_001));
    const { code, stdout } = await bluebridge([
      'up',
      QUICKSTART,
      '--demo',
      '--json',
      '--file',
      file,
      '--operations',
      '0',
    ]);
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as Report;
    assert.match(report.checks[0]!.seen, /293\.0 KiB in \d+ allocations on m1 and m2/);
    assert.ok(report.counters.routed!['0x101']!.packets > 50);
    assert.ok(report.counters.routed!['0x102']!.packets > 50);
  });

  it('runs the program in the interpreter, too', async () => {
    const { code, stderr } = await bluebridge([
      'up',
      QUICKSTART,
      '--demo',
      '--engine',
      'interpreter',
      '--operations',
      '10',
    ]);
    assert.equal(code, 0, stderr);
  });

  it('says that a file is larger than the servers, and leaves nothing running', async () => {
    const spec = place.write('small.yaml', readFileSync(QUICKSTART, 'utf8').replaceAll('16MiB', '64KiB'));
    const file = place.write('big.bin', randomBytes(200_000));
    const { code, stderr } = await bluebridge(['up', spec, '--demo', '--file', file]);
    assert.equal(code, 1);
    assert.match(stderr, /bluebridge: .*no free range of that size.*NO_MEMORY/);
  });

  it('says that a file is not there', async () => {
    const { code, stderr } = await bluebridge(['up', QUICKSTART, '--demo', '--file', place.path('none')]);
    assert.equal(code, 2);
    assert.match(stderr, /cannot read the file to store: ENOENT/);
  });

  it('stays up with --keep, and stops cleanly on Ctrl-C', async () => {
    const kept = Bluebridge.start(['up', QUICKSTART, '--demo', '--keep', '--operations', '5']);
    await kept.says(/up; P4Runtime on 127\.0\.0\.1:\d+; Ctrl-C stops it/);
    const { code, signal } = await kept.stop('SIGINT');
    assert.deepEqual([code, signal], [0, null]);
  });

  describe('with a switch program that is broken', () => {
    /** The rendered program with one thing changed. The demonstration has to notice: nothing but the program decides. */
    async function demoWith(change: (p4: string) => string) {
      const { p4 } = generate(await loadFabric(QUICKSTART), { target: 'bmv2' });
      const broken = change(p4);
      assert.notEqual(broken, p4, 'the change has to change something');
      const file = place.write('broken.p4', broken);
      const { code, stdout, stderr } = await bluebridge([
        ...['up', QUICKSTART, '--demo', '--json', '--operations', '0', '--p4', file],
      ]);
      const failed = stdout === '' ? [] : (JSON.parse(stdout) as Report).checks.filter((c) => !c.held);
      return { code, stderr, failed: failed.map((c) => c.name) };
    }

    it('sees that permissions are not checked', async () => {
      const { code, failed } = await demoWith((p4) =>
        p4.replace(/\(meta\.rights & meta\.needs\) == RIGHT_NONE/, 'false'),
      );
      assert.equal(code, 1);
      assert.ok(failed.includes('bob has no permission: read refused'), failed.join('; '));
    });

    it('sees that sources are not guarded', async () => {
      const { code, failed } = await demoWith((p4) =>
        p4.replace(
          'const default_action = refuse(REASON_SPOOFED_SOURCE);',
          'const default_action = client(1);',
        ),
      );
      assert.equal(code, 1);
      assert.ok(failed.includes('bob claims to be alice'), failed.join('; '));
    });

    it('sees that frames are not counted', async () => {
      const { code, failed } = await demoWith((p4) => p4.replace('counters = routes_counter;', ''));
      assert.equal(code, 1);
      assert.ok(failed.includes('every frame went through the P4 program'), failed.join('; '));
    });

    it('says where a program does not compile, and starts nothing', async () => {
      const { code, stderr } = await demoWith((p4) =>
        p4.replace('meta.reason = reason;', 'meta.raeson = reason;'),
      );
      assert.equal(code, 2);
      assert.match(stderr, /broken\.p4:\d+:\d+: error: .*raeson/);
      assert.match(stderr, /\^~*\n/);
    });
  });
});
