import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

/** The tests that the table names, as `file: full title`. */
function named(): string[] {
  const table = readFileSync(join(root, 'docs/compliance.md'), 'utf8');
  return [...table.matchAll(/\| `((?:src|test)\/[^`]+)` \|$/gm)].map(([, name]) =>
    name!.replaceAll('\\|', '|'),
  );
}

describe('the compliance table', function () {
  this.timeout(60_000);

  it('names tests that exist', async () => {
    const files = [...new Set(named().map((name) => name.slice(0, name.indexOf(': '))))];
    const options = ['--conditions=source', '--import', createRequire(import.meta.url).resolve('tsx')];
    const dryRun = ['--no-config', '--dry-run', '--reporter', 'json', ...files];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, mocha, ...dryRun], {
      cwd: root,
      maxBuffer: 1e8,
    });
    const report = JSON.parse(stdout) as { tests: { file: string; fullTitle: string }[] };
    const there = new Set(report.tests.map(({ file, fullTitle }) => `${relative(root, file)}: ${fullTitle}`));
    assert.deepEqual(
      named().filter((name) => !there.has(name)),
      [],
    );
  });

  it('says of each row what shows it', () => {
    const table = readFileSync(join(root, 'docs/compliance.md'), 'utf8');
    const rows = table.split('\n').filter((line) => /^\| (MUST|SHOULD|MAY) /.test(line));
    const without = rows.filter((row) => row.endsWith('| no test of its own |')).length;
    assert.ok(rows.length > 80);
    assert.equal(rows.length, named().length + without);
  });
});
