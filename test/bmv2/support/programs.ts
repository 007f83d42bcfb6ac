import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '@bluebridge/controller';
import { type Fabric, generate } from '@bluebridge/templates';
import { parseP4Info } from 'p4runtime-js';

const p4c = process.env.BLUEBRIDGE_P4C || undefined;
const FIXTURES = new URL('../../conformance/fixtures/', import.meta.url);

export type CompilerName = 'ours' | 'p4c';

/** The fabric's program as one of the two compilers makes it. */
export function pipelineBy(compiler: CompilerName, fabric: Fabric): Pipeline {
  if (compiler === 'p4c') return p4cPipeline(fabric);
  const { p4info, bmv2 } = generate(fabric, { target: 'bmv2' });
  return { p4info, p4DeviceConfig: Buffer.from(bmv2!) };
}

/** By the p4c that is installed; else what it made of this program when the fixture was written. */
function p4cPipeline(fabric: Fabric): Pipeline {
  if (!p4c) return pipelineOf(FIXTURES, `${fabric.name}.p4c`);
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-p4c-'));
  try {
    const { files } = generate(fabric, { target: 'bmv2' });
    const source = join(folder, `${fabric.name}.p4`);
    writeFileSync(source, files.get(`${fabric.name}.p4`)!);
    const outputs = ['--p4runtime-files', join(folder, 'p4c.p4info.txtpb'), '-o', join(folder, 'p4c.json')];
    execFileSync(p4c, ['--std', 'p4-16', ...outputs, source]);
    return pipelineOf(new URL(`file://${folder}/`), 'p4c');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const pipelineOf = (folder: URL, stem: string): Pipeline => ({
  p4info: parseP4Info(readFileSync(new URL(`${stem}.p4info.txtpb`, folder), 'utf8')),
  p4DeviceConfig: readFileSync(new URL(`${stem}.json`, folder)),
});
