import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '@bluebridge/controller';
import { type Fabric, generate } from '@bluebridge/templates';
import { parseP4Info, stratum } from 'p4runtime-js';
import type { CompilerName, TargetName } from './targets.js';

const p4c = process.env.BLUEBRIDGE_P4C || undefined;
const FIXTURES = new URL('../../conformance/fixtures/', import.meta.url);

/** The fabric's program as one of the two compilers makes it for this target. */
export function pipelineBy(compiler: CompilerName, fabric: Fabric, target: TargetName): Pipeline {
  if (target === 'stratum') return pipelineForStratum(fabric);
  if (compiler === 'p4c') return p4cPipeline(fabric);
  const { p4info, bmv2 } = generate(fabric, { target: 'bmv2' });
  return { p4info, p4DeviceConfig: Buffer.from(bmv2!) };
}

/** The P4Info of the program for Tofino. What the chip would load is of no matter here: no part of it runs. */
function pipelineForStratum(fabric: Fabric): Pipeline {
  const config = {
    p4Name: `${fabric.name}.tofino`,
    bfruntimeInfo: Buffer.from('bfrt.json'),
    profiles: [
      {
        profileName: 'pipe',
        context: Buffer.from('context.json'),
        binary: Buffer.from('tofino.bin'),
        pipeScope: [0, 1, 2, 3],
      },
    ],
  };
  const { p4info } = generate(fabric, { target: 'tofino' });
  return { p4info, p4DeviceConfig: stratum.BfPipelineConfig.encode(config) };
}

/** By the p4c that is installed; else what it made of this program when the fixture was written. */
const p4cPipeline = (fabric: Fabric): Pipeline =>
  p4c ? withP4c(fabric, (folder) => pipelineOf(folder, 'p4c')) : pipelineOf(FIXTURES, `${fabric.name}.p4c`);

/** Run p4c on the fabric's program, and read what it wrote. */
function withP4c<T>(fabric: Fabric, read: (folder: URL) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-p4c-'));
  try {
    const source = join(folder, `${fabric.name}.p4`);
    writeFileSync(source, generate(fabric, { target: 'bmv2' }).p4);
    const outputs = ['--p4runtime-files', join(folder, 'p4c.p4info.txtpb'), '-o', join(folder, 'p4c.json')];
    execFileSync(p4c!, ['--std', 'p4-16', ...outputs, source]);
    return read(new URL(`file://${folder}/`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** p4c's P4Info of the fabric's program, as text; undefined where p4c is not installed. */
export const p4infoByP4c = (fabric: Fabric): string | undefined =>
  p4c && withP4c(fabric, (folder) => readFileSync(new URL('p4c.p4info.txtpb', folder), 'utf8'));

const pipelineOf = (folder: URL, stem: string): Pipeline => ({
  p4info: parseP4Info(readFileSync(new URL(`${stem}.p4info.txtpb`, folder), 'utf8')),
  p4DeviceConfig: readFileSync(new URL(`${stem}.json`, folder)),
});
