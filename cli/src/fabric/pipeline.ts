import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pipeline } from '@bluebridge/controller';
import { type Fabric, generate, renderProgram, type Target } from '@bluebridge/templates';
import { P4Info } from 'p4runtime-js';
import { EXIT, Failure } from '../failure.js';
import { pipelineFile } from '../tofino/files.js';
import { compileProgram } from './program.js';
import { programDifferences } from './same-program.js';

/** Where `generate` and `compile` write unless they are told otherwise, as their examples do. */
const DEFAULT_FOLDER = 'out';

export interface FabricPipeline {
  readonly pipeline: Pipeline;
  /** How it came about, for a progress line. */
  readonly origin: string;
}

/**
 * The program of a fabric's switch, ready to be pushed: rendered and compiled here, or read from a folder of `generate` and `compile`. For
 * Tofino it is always read, because p4c makes the binary.
 * @param folder read from there
 * @throws Failure where it cannot be made or read, or is of another specification
 */
export function pipelineOf(fabric: Fabric, folder?: string): FabricPipeline {
  if (folder !== undefined || fabric.target === 'tofino')
    return readPipeline(fabric, folder ?? DEFAULT_FOLDER);
  const { pipeline, compiled } = compileProgram(`${fabric.name}.p4`, renderProgram(fabric, 'embedded'));
  return { pipeline, origin: `rendered and compiled: ${compiled.p4info!.tables.length} tables` };
}

function readPipeline(fabric: Fabric, folder: string): FabricPipeline {
  const { target } = fabric;
  const [program, config] = filesOf(fabric, target);
  const missing = (file: string, cause: unknown): never => {
    const [first, ...rest] = stepsTo(target, folder, fabric.name);
    throw new Failure(
      `cannot read the switch program for ${target}: ${join(folder, file)}: ${(cause as Error).message}\n` +
        `It is made by\n  ${[first, ...rest].join('\n  ')}`,
      EXIT.USAGE,
      { cause },
    );
  };
  const read = (file: string): Buffer => {
    try {
      return readFileSync(join(folder, file));
    } catch (cause) {
      return missing(file, cause);
    }
  };
  const p4info = P4Info.decode(read(program));
  const p4DeviceConfig = read(config);
  const differences = programDifferences(generate(fabric, { target }).p4info, p4info);
  if (differences.length > 0) {
    throw new Failure(
      `${join(folder, program)} is not the program of this specification: ${differences.join('; ')}\n` +
        `Make it anew:\n  ${stepsTo(target, folder, fabric.name).join('\n  ')}`,
      EXIT.USAGE,
    );
  }
  return { pipeline: { p4info, p4DeviceConfig }, origin: `read from ${join(folder, config)}` };
}

const filesOf = ({ name }: Fabric, target: Target): [string, string] =>
  target === 'tofino'
    ? [`${name}.tofino.p4info.bin`, pipelineFile(`${name}.tofino`)]
    : [`${name}.p4info.bin`, `${name}.json`];

function stepsTo(target: Target, folder: string, name: string): string[] {
  const generate = `bluebridge generate --target ${target} --out ${folder}`;
  return target === 'tofino'
    ? [generate, `bluebridge compile ${folder}/${name}.tofino.p4 --target tofino --out ${folder}`]
    : [generate];
}
