// Makes src/generated from proto/: `npm run generate -w p4runtime-js`, which `npm run build` calls before tsc.
//
//   codec.js      protobufjs static code (pbjs): the fast encoder and decoder, with 64-bit fields as bigint
//   schema.ts     every message's fields as data, for the text format and for checked construction
//   *.ts          one module per proto package: an interface, a MessageType and the enums of each message
//
// The types are written here rather than by pbts, because pbts declares an unset sub-message as present and 64-bit
// fields as `number | Long`. tsc copies neither .js nor .d.ts, so codec.js goes to dist/generated as well.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declarationsOf } from './declarations.mjs';
import { schemaOf } from './schema.mjs';

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDirs = [join(root, 'src', 'generated'), join(root, 'dist', 'generated')];

const protoFiles = readdirSync(join(root, 'proto'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.proto'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const scripts = ['generate.mjs', 'declarations.mjs', 'schema.mjs'].map((name) => join(root, 'scripts', name));

const inputs = createHash('sha256').update(require('protobufjs-cli/package.json').version);
for (const file of [...protoFiles, ...scripts])
  inputs.update(relative(root, file)).update(readFileSync(file));
const stamp = inputs.digest('hex');

if (!isUpToDate()) await generate();

/** The stamp is written last, so an interrupted run is never taken for a finished one. */
function isUpToDate() {
  return outDirs.every((dir) => {
    const file = join(dir, '.inputs');
    return existsSync(file) && readFileSync(file, 'utf8') === stamp;
  });
}

async function generate() {
  const protobuf = require('protobufjs');
  const parsed = new protobuf.Root();
  for (const file of protoFiles) {
    // Original names are kept: the text format needs them, and the camelCase keys are derived from them.
    protobuf.parse(readFileSync(file, 'utf8'), parsed, { keepCase: true, alternateCommentMode: true });
  }
  parsed.resolveAll();
  const schema = schemaOf(parsed, protobuf);
  const codec = await staticCode(protobuf);
  const codecTypes =
    '// The static code is reached by name and typed in src/wire/message-type.ts.\nexport const p4: unknown;\nexport const google: unknown;\nexport const stratum: unknown;\n';

  const [src, dist] = outDirs;
  for (const dir of outDirs) {
    mkdirSync(dir, { recursive: true });
    write(join(dir, 'codec.js'), codec);
    write(join(dir, 'codec.d.ts'), codecTypes);
  }
  for (const [name, text] of declarationsOf(schema)) write(join(src, name), text);
  for (const dir of [src, dist]) write(join(dir, '.inputs'), stamp);
}

/** pbjs over the same files, then made to speak bigint (see src/wire/bigint-io.ts for the reader and writer). */
async function staticCode(protobuf) {
  const camel = new protobuf.Root();
  for (const file of protoFiles) protobuf.parse(readFileSync(file, 'utf8'), camel, { keepCase: false });
  const dir = mkdtempSync(join(tmpdir(), 'p4runtime-js-'));
  try {
    const json = join(dir, 'schema.json');
    writeFileSync(json, JSON.stringify(camel.toJSON()));
    const flags = ['verify', 'delimited', 'convert', 'typeurl', 'comments', 'service'].map(
      (flag) => `--no-${flag}`,
    );
    const args = [
      '-t',
      'static-module',
      '-w',
      'esm',
      '-r',
      'p4runtime-js',
      '--dependency',
      'protobufjs/minimal.js',
      ...flags,
      json,
    ];
    const { pbjs } = require('protobufjs-cli');
    const output = await new Promise((resolve, reject) => {
      pbjs.main(args, (error, text) => (error ? reject(error) : resolve(text)));
    });
    return withBigInt(output);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The default of a 64-bit field becomes 0n, and "is it zero" holds for 0n too. Each rewrite must find its place. */
function withBigInt(code) {
  const rewrites = [
    [/\$util\.Long \? \$util\.Long\.fromBits\(0, ?0, ?(?:true|false)\) : 0/g, '0n'],
    [/\.high : ([\w.]+) !== 0\)/g, '.high : $1 != 0)'],
    // A Buffer here would make two equal messages differ, as decoded bytes are plain Uint8Arrays.
    [/\$util\.newBuffer\(\[\]\)/g, 'new Uint8Array(0)'],
  ];
  for (const [pattern, replacement] of rewrites) {
    if (!pattern.test(code)) throw new Error(`pbjs output has changed: nothing matches ${pattern}`);
    code = code.replace(pattern, replacement);
  }
  if (code.includes('$util.Long')) throw new Error('pbjs output has changed: it still uses Long');
  return code;
}

/** Rename is atomic: somebody who imports while this runs sees the old file or the new one. */
function write(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
