// The package as a user gets it: packed, put into another project, type-checked there, and its README's example run.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatP4Info } from '../src/index.js';
import { exampleP4Info } from '../src/testing/example-p4info.js';
import { startFakeSwitch } from '../src/testing/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const run = promisify(execFile);

describe('the package', function () {
  this.timeout(120_000);
  let project: string;
  let files: string[];
  before(() => {
    execFileSync(process.execPath, [tsc, '-b', root]);
    project = mkdtempSync(join(tmpdir(), 'p4runtime-js-consumer-'));
    const packed = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', project],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const [{ filename, files: listed }] = JSON.parse(packed.toString());
    files = listed.map(({ path }: { path: string }) => path);
    const target = join(project, 'node_modules', 'p4runtime-js');
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', join(project, filename), '-C', target, '--strip-components=1']);
    const { dependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
    for (const name of [...Object.keys(dependencies), '@types/node']) {
      const link = join(project, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(repository, 'node_modules', name), link);
    }
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(join(project, 'example.p4info.txtpb'), formatP4Info(exampleP4Info()));
    writeFileSync(join(project, 'example.json'), '{}');
  });
  after(() => rmSync(project, { recursive: true }));

  it('holds what is built, the schema and the documents, and no test', () => {
    for (const file of [
      'package.json',
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/testing/index.js',
    ])
      assert.ok(files.includes(file), `${file} is missing`);
    for (const file of ['dist/generated/codec.js', 'proto/p4/v1/p4runtime.proto', 'docs/metrics.md'])
      assert.ok(files.includes(file), `${file} is missing`);
    assert.deepEqual(
      files.filter((file) => /\.spec\.|tsbuildinfo|^src\/|^test\//.test(file)),
      [],
    );
  });

  it('runs the example of its README, type-checked without the sources', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
    assert.ok(
      example
        .trim()
        .split('\n')
        .filter((line) => line && !/^(import|\/\/)/.test(line)).length <= 10,
    );
    const fake = await startFakeSwitch();
    writeFileSync(join(project, 'example.ts'), example.replace('127.0.0.1:9559', fake.address));
    const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    await run(process.execPath, [tsc, ...options, '--skipLibCheck', 'false', 'example.ts'], { cwd: project });
    const { stdout } = await run(process.execPath, ['example.js'], { cwd: project });
    const expected = example.split('\n').find((line) => line.startsWith('// Ingress'))!;
    assert.equal(stdout.trim(), expected.replace('// ', ''));
    await fake.stop();
  });

  it('exports the fake switch for tests, and nothing else', async () => {
    const code = `
      const { startFakeSwitch } = await import('p4runtime-js/testing');
      const fake = await startFakeSwitch();
      await fake.stop();
      await import('p4runtime-js/dist/index.js').catch((error) => console.log(error.code));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: project });
    assert.equal(stdout.trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('names no program but its own', () => {
    for (const file of files.filter((name) => /\.(js|md|proto|json)$/.test(name)))
      assert.doesNotMatch(
        readFileSync(join(project, 'node_modules/p4runtime-js', file), 'utf8'),
        /bluebridge/i,
        file,
      );
  });
});
