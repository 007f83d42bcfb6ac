import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Pipeline } from '@bluebridge/controller';
import { type Fabric, parseFabric, renderProgram } from '@bluebridge/templates';
import { compileProgram } from 'bluebridge';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUICKSTART = `${ROOT}examples/quickstart.yaml`;

/** The quick start's fabric with room for `permissions` entries, and its rendered and compiled program. */
export async function quickstart(
  permissions: number,
): Promise<{ fabric: Fabric; source: string; pipeline: Pipeline }> {
  const text = await readFile(QUICKSTART, 'utf8');
  return programOf(`${text}\ntables: { permissions: ${permissions} }\n`);
}

export function programOf(spec: string): { fabric: Fabric; source: string; pipeline: Pipeline } {
  const fabric = parseFabric(spec, 'the specification of the bench');
  const source = renderProgram(fabric);
  const { pipeline } = compileProgram(`${fabric.name}.p4`, source);
  return { fabric, source, pipeline };
}
