import { readFileSync } from 'node:fs';
import type { Workplace } from './workplace.js';

/** What the driver below leaves for the chip. */
export const MADE = {
  'bfrt.json': '{"schema_version":"1.0.0"}',
  'pipe/context.json': '{"tables":[]}',
  'pipe/tofino.bin': 'what the chip loads',
} as const;

/**
 * A stand-in for p4c's driver with the Tofino backend, which no package registry has: it takes the real one's options and leaves files of the
 * real one's names, with the P4Info it is given. What the real one makes of our programs is told in docs/tofino.md.
 */
export function tofinoDriver(place: Workplace, p4infoFile: string): string {
  return place.write(
    'p4c',
    `#!${process.execPath}
const { mkdirSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const args = process.argv.slice(2);
const after = (option) => args[args.indexOf(option) + 1];
if (after('--target') !== 'tofino' || after('--arch') !== 'tna') throw new Error('wrong target');
if (!args.includes('--p4runtime-force-std-externs')) throw new Error('TNA externs in the P4Info');
const out = after('-o');
const name = basename(args.at(-1), '.p4');
mkdirSync(join(out, 'pipe'), { recursive: true });
for (const [file, content] of Object.entries(${JSON.stringify(MADE)})) writeFileSync(join(out, file), content);
writeFileSync(after('--p4runtime-files'), ${JSON.stringify(readFileSync(p4infoFile, 'utf8'))});
writeFileSync(join(out, name + '.conf'), JSON.stringify({
  p4_devices: [{ p4_programs: [{
    'program-name': name, 'bfrt-config': join(out, 'bfrt.json'),
    p4_pipelines: [{
      p4_pipeline_name: 'pipe', context: join(out, 'pipe/context.json'), config: join(out, 'pipe/tofino.bin'),
      pipe_scope: [0, 1, 2, 3], path: out,
    }],
  }] }],
}));
console.error(name + '.p4(1): [--Wwarn=unused] warning: a warning');
`,
    0o755,
  );
}
