import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The cases in test/if-wire.netns.ts need interfaces of their own: they run in a child process inside a fresh network namespace
 * (`unshare -n`, root), which disappears with the process, whatever happens to it.
 */
describe('if wire, in a network namespace of its own', () => {
  const script = fileURLToPath(new URL('../../test/if-wire.netns.ts', import.meta.url));
  const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));

  it('passes all its cases', () => {
    const child = spawnSync(
      'unshare',
      [
        '-n',
        process.execPath,
        mocha,
        '--no-config',
        '--reporter',
        'json',
        '--timeout',
        '15000',
        '-n',
        'conditions=source',
        '-n',
        'import=tsx',
        script,
      ],
      { encoding: 'utf8', timeout: 110_000 },
    );
    assert.ifError(child.error);
    const start = child.stdout.indexOf('{\n  "stats"');
    assert(start >= 0, `no result from the child:\n${child.stdout}\n${child.stderr}`);
    const result = JSON.parse(child.stdout.slice(start)) as {
      stats: { passes: number; pending: number; failures: number };
      failures: { fullTitle: string; err: { message: string; stack: string } }[];
    };
    assert.deepEqual(
      result.failures.map((f) => `${f.fullTitle}: ${f.err.stack}`),
      [],
    );
    assert.equal(result.stats.pending, 0);
    assert(result.stats.passes > 0);
    assert.equal(child.status, 0, child.stderr);
  }).timeout(120_000);
});
