import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Bluebridge, bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

interface Line {
  readonly args: string[];
}

/** The commands of the README's walk-through, as they stand there. */
function walkthrough(): Line[] {
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  const [, block] = /## Walk-through[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  assert.ok(block, 'the README has a walk-through');
  return block
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line.startsWith('bluebridge '))
    .map((line) => ({ args: line.split(/\s+/).slice(1) }));
}

describe('the walk-through of the README', function () {
  this.timeout(120_000);
  const place = new Workplace();
  const running: Bluebridge[] = [];
  after(async () => {
    await Bluebridge.stopAll();
    place.remove();
  });

  it('does what it says, each part a process of its own', async () => {
    const env = { BLUEBRIDGE_SPEC: await place.quickstart() };
    const lines = walkthrough();
    const isDaemon = ({ args }: Line) => ['switch', 'controller', 'server'].includes(args[0]!);
    const daemons = lines.filter(isDaemon);
    const calls = lines.filter((line) => !isDaemon(line));
    assert.deepEqual(
      daemons.map(({ args }) => args[0]),
      ['switch', 'controller', 'server', 'server'],
    );

    const ready: Record<string, RegExp> = {
      switch: /P4Runtime on .*Ctrl-C stops it/,
      controller: /✓ control .*primary/,
      server: /Ctrl-C stops it/,
    };
    for (const { args } of daemons) {
      const process = Bluebridge.start(args, { env });
      running.push(process);
      await process.says(ready[args[0]!]!);
    }

    place.write('README.md', readFileSync(`${ROOT}README.md`));
    const original = place.read('README.md');
    const run = (line: Line) => bluebridge(line.args, { env, cwd: place.folder });
    const [put, get, stolen, grant, copy, free] = calls as [Line, Line, Line, Line, Line, Line];
    assert.deepEqual(
      calls.map(({ args }) => args.slice(1, 4).join(' ')),
      [
        '--as alice put',
        '--as alice get',
        '--as bob get',
        '--as alice grant',
        '--as bob get',
        '--as alice free',
      ],
    );

    const putResult = await run(put);
    assert.equal(putResult.code, 0, putResult.stderr);
    // Which server gets the index, and so the address, depends on what came first.
    const address = putResult.stdout.trim();
    assert.match(address, /^fdbb:10[12]::/);
    for (const line of [get, stolen, grant, copy, free]) {
      line.args[4] = line.args[4]!.replace(/^fdbb:101::$/, address);
    }
    assert.match(putResult.stderr, /on 2 servers/);

    assert.equal((await run(get)).code, 0);
    assert.deepEqual(place.read('copy.md'), original);

    const refused = await run(stolen);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /NO_PERMISSION/);
    assert.throws(() => place.read('stolen.md'), /ENOENT/, 'nothing half-written is left');

    assert.equal((await run(grant)).code, 0);
    place.write('copy.md', '');
    assert.equal((await run(copy)).code, 0);
    assert.deepEqual(place.read('copy.md'), original);

    const freed = await run(free);
    assert.equal(freed.code, 0, freed.stderr);
    const gone = await run(get);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /NO_PERMISSION/);

    for (const process of running.splice(0).reverse()) {
      const { code, signal, stderr } = await process.stop('SIGINT');
      assert.deepEqual([code, signal], [0, null], stderr);
    }
  });
});
