import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Build, CONF, FILES } from './build.helper.spec.js';
import { compileForTofino, findTofinoDriver, packPipeline } from './index.js';

/** A driver that notes its arguments and writes what the real one writes; the real one is no part of these tests. */
const driverThat = (action: string): string => `#!${process.execPath}
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const args = process.argv.slice(2);
const out = args[args.indexOf('-o') + 1];
const write = (path, content) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, content); };
write(join(out, 'arguments.json'), JSON.stringify(args));
${action}
`;
const WRITES = `
for (const [file, content] of Object.entries(${JSON.stringify(
  Object.fromEntries(
    Object.entries(FILES).map(([file, content]) => [file.replace('build/', ''), content.toString('base64')]),
  ),
)})) write(join(out, file), Buffer.from(content, 'base64'));
write(join(out, 'leaf.conf'), ${JSON.stringify(JSON.stringify(CONF).replaceAll('build/', ''))});
write(args[args.indexOf('--p4runtime-files') + 1], 'pkg_info {}');
console.error('leaf.p4(3): warning: unused');
`;

describe('p4c with its Tofino backend', () => {
  let build: Build;
  beforeEach(() => {
    build = new Build();
  });
  afterEach(() => build.remove());
  const driver = (action: string) => build.write('bin/p4c', driverThat(action), 0o755);
  const compile = (path: string, more: object = {}) =>
    compileForTofino({ driver: path, file: 'src/leaf.p4', buildFolder: join(build.folder, 'made'), ...more });

  it('is told the target, the folders, standard externs in the P4Info, and what a user adds', async () => {
    const made = await compile(driver(WRITES), {
      includePaths: ['inc'],
      defines: { PORTS: '8' },
      more: ['-g'],
    });
    const folder = join(build.folder, 'made');
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'arguments.json'), 'utf8')), [
      ...['--target', 'tofino', '--arch', 'tna', '-o', folder],
      ...['--p4runtime-files', join(folder, 'leaf.p4info.txt'), '--p4runtime-force-std-externs'],
      ...['-I', 'inc', '-DPORTS=8', '-g', 'src/leaf.p4'],
    ]);
    assert.deepEqual(made, {
      conf: join(folder, 'leaf.conf'),
      p4info: join(folder, 'leaf.p4info.txt'),
      output: 'leaf.p4(3): warning: unused\n',
    });
    assert.equal(packPipeline(made.conf).config.profiles.length, 2);
  });

  it('says in its own words why a program does not compile', async () => {
    const path = driver("console.error('leaf.p4(9): error: table needs 13 stages'); process.exit(3);");
    await assert.rejects(compile(path), {
      code: 'TOFINO_COMPILE_FAILED',
      message:
        /src\/leaf\.p4 does not compile for Tofino: .*bin\/p4c ended with 3\nleaf\.p4\(9\): error: table needs 13 stages$/,
    });
  });

  it('counts an end without a .conf as a failure', async () => {
    await assert.rejects(compile(driver('')), {
      code: 'TOFINO_COMPILE_FAILED',
      message: /ended without a \.conf/,
    });
  });

  it('may be a p4c without the backend', async () => {
    const path = driver("console.error('p4c: error: Unknown backend: tofino-tna'); process.exit(2);");
    await assert.rejects(compile(path), {
      code: 'TOFINO_BACKEND_MISSING',
      message: /bin\/p4c has no Tofino backend\. Build p4c .* -DENABLE_TOFINO=ON/,
    });
  });

  it('may be something that cannot be run', async () => {
    const path = build.write('bin/p4c', 'no program', 0o644);
    await assert.rejects(compile(path), {
      code: 'TOFINO_BACKEND_MISSING',
      message: /cannot be run: .*EACCES/,
    });
  });

  it('ends when it is interrupted', async () => {
    const interrupt = new AbortController();
    const reason = new Error('interrupted');
    const compiling = compile(driver('setInterval(() => {}, 1000);'), { signal: interrupt.signal });
    interrupt.abort(reason);
    await assert.rejects(compiling, reason);
  });

  describe('is found', () => {
    it('on PATH, by the name in the SDE first', () => {
      driver('');
      const path = `/nowhere:${join(build.folder, 'bin')}`;
      assert.equal(findTofinoDriver(undefined, path), join(build.folder, 'bin/p4c'));
      assert.equal(findTofinoDriver('p4c', path), join(build.folder, 'bin/p4c'));
      const sde = build.write('bin/bf-p4c', driverThat(''), 0o755);
      assert.equal(findTofinoDriver(undefined, path), sde);
    });

    it('where it was named', () => {
      const path = driver('');
      assert.equal(findTofinoDriver(path, ''), path);
    });

    it('or else it is said what to install', () => {
      assert.throws(() => findTofinoDriver(undefined, build.folder), {
        code: 'TOFINO_BACKEND_MISSING',
        message:
          /neither bf-p4c nor p4c is on PATH\. Build p4c .* put its bin folder on PATH, or name the driver/,
      });
      assert.throws(() => findTofinoDriver('/opt/x/p4c', ''), {
        message: /^there is no \/opt\/x\/p4c\. Build p4c/,
      });
      assert.throws(() => findTofinoDriver(build.folder, ''), { message: /there is no/ });
    });
  });
});
