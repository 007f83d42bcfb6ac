import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Bluebridge, bluebridge, ROOT } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

describe('the command line', function () {
  this.timeout(60_000);
  const place = new Workplace();
  afterEach(() => Bluebridge.stopAll());
  after(() => place.remove());

  const COMMANDS = [
    ...['up', 'init', 'generate', 'compile', 'pack-tofino', 'switch', 'controller', 'server', 'client'],
    ...['disk', 'vmem', 'mininet', 'doctor'],
  ];

  it('has help with examples for every command', async () => {
    const { code, stdout } = await bluebridge(['--help']);
    assert.equal(code, 0);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    for (const command of COMMANDS) {
      const help = await bluebridge([command, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Examples:\n {2}\$ bluebridge |\$ .*bluebridge /, command);
    }
  });

  it('knows what was meant by a misspelt command or option', async () => {
    const command = await bluebridge(['genrate']);
    assert.deepEqual([command.code, /Did you mean generate/.test(command.stderr)], [2, true]);
    const option = await bluebridge(['up', '--dmeo']);
    assert.deepEqual([option.code, /Did you mean --demo/.test(option.stderr)], [2, true]);
  });

  it('says where a specification is wrong, and starts nothing', async () => {
    const spec = place.write(
      'bad.yaml',
      'name: x\nservers:\n  - { name: m1, node: 0x101, prot: 1, capacity: 1MiB }\n',
    );
    const { code, stderr, stdout } = await bluebridge(['up', spec, '--demo']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /bad\.yaml:3:\d+.*prot/);
    assert.doesNotMatch(stderr, /✓ switch/);
  });

  it('says which specification it looked for', async () => {
    const { code, stderr } = await bluebridge(['server', 'm1'], {
      cwd: place.folder,
      env: { BLUEBRIDGE_SPEC: undefined },
    });
    assert.equal(code, 2);
    assert.match(stderr, /bluebridge\.yaml/);
  });

  it('init writes a specification that up runs, and does not overwrite one', async () => {
    const run = (...args: string[]) => bluebridge(args, { cwd: place.folder });
    assert.equal((await run('init', 'mine.yaml', '--servers', '3', '--clients', '2')).code, 0);
    const again = await run('init', 'mine.yaml');
    assert.deepEqual([again.code, /is there already; --force/.test(again.stderr)], [1, true]);
    const up = await run('up', 'mine.yaml', '--demo', '--operations', '5');
    assert.equal(up.code, 0, up.stderr);
  });

  it('generate writes what the architecture names', async () => {
    const out = place.path('gen');
    const { code } = await bluebridge([
      'generate',
      `${ROOT}examples/quickstart.yaml`,
      '--target',
      'bmv2',
      '--out',
      out,
    ]);
    assert.equal(code, 0);
    for (const ending of ['p4', 'p4info.txtpb', 'p4info.bin', 'json'])
      assert.ok(existsSync(`${out}/quickstart.${ending}`), ending);
    assert.equal(
      (await bluebridge(['generate', `${ROOT}examples/quickstart.yaml`, '--target', 'tofino', '--out', out]))
        .code,
      0,
    );
    assert.ok(existsSync(`${out}/quickstart.tofino.p4`));
  });

  it('compile points at a mistake with line, column and caret', async () => {
    const file = place.write('wrong.p4', '#include <core.p4>\nconst bit<8> X = 8w1 +;\n');
    const { code, stderr } = await bluebridge(['compile', file, '--out', place.path('o')]);
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.p4:2:23: error: [^\n]+\n.*const bit<8> X = 8w1 \+;\n +\^/);
  });

  it('names the parts that there are when one is misspelt', async () => {
    const spec = await place.quickstart();
    const server = await bluebridge(['server', 'm9', '--spec', spec]);
    assert.deepEqual([server.code, /has no server m9; it has: m1, m2/.test(server.stderr)], [2, true]);
    const client = await bluebridge(['client', '--spec', spec, '--as', 'eve', 'alloc', '4KiB']);
    assert.deepEqual([client.code, /has no client eve; it has: alice, bob/.test(client.stderr)], [2, true]);
    const size = await bluebridge(['client', '--spec', spec, 'alloc', 'much']);
    assert.deepEqual([size.code, /has to be a size such as 4096, 64KiB/.test(size.stderr)], [2, true]);
  });

  it('gives an operation up when nobody answers, and says so', async () => {
    const spec = await place.quickstart();
    const { code, stderr } = await bluebridge([
      'client',
      '--spec',
      spec,
      '--timeout',
      '200',
      'alloc',
      '4KiB',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /bluebridge: .*ALLOC.*no answer/i);
  });

  it('says that a second switch cannot have the same port', async () => {
    const spec = await place.quickstart();
    const first = Bluebridge.start(['switch', spec]);
    await first.says(/Ctrl-C stops it/);
    const second = await bluebridge(['switch', spec]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /port \d+ of 127\.0\.0\.1 is taken by another socket/);
    const { code } = await first.stop('SIGTERM');
    assert.equal(code, 0);
  });
});
