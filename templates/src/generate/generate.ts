import { type CompileOptions, compile, p4infoOf } from 'p4-compiler';
import { formatP4Info, P4Info } from 'p4runtime-js';
import { renderProgram, type Templates } from '../render/index.js';
import type { Fabric, Target } from '../spec/fabric.js';
import { GenerateError } from './errors.js';

export interface GenerateOptions {
  /** The fabric's own target unless given. */
  readonly target?: Target;
  /** Other templates than those of this package. */
  readonly templates?: Templates;
}

/** All that one target needs, in memory. */
export interface Generated {
  readonly target: Target;
  /** By file name: NAME.p4, NAME.p4info.txtpb, NAME.p4info.bin and, for BMv2 and the embedded switch, NAME.json. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The program's text. */
  readonly p4: string;
  readonly p4info: P4Info;
  /** What a BMv2 switch loads, as JSON text: the `p4_device_config` of the pipeline. Absent for Tofino. */
  readonly bmv2?: string;
}

/**
 * Renders and compiles the switch program of `fabric`. Writes nothing; the same fabric gives the same bytes.
 * Throws TemplateError, or GenerateError where the rendered program does not compile.
 */
export function generate(
  fabric: Fabric,
  { target = fabric.target, templates }: GenerateOptions = {},
): Generated {
  const stem = target === 'tofino' ? `${fabric.name}.tofino` : fabric.name;
  const path = `${stem}.p4`;
  const p4 = renderProgram(fabric, target, templates);
  const { p4info, bmv2 } = compiled({ path, source: p4 }, target);
  const files: [string, string | Uint8Array][] = [
    [path, p4],
    [`${stem}.p4info.txtpb`, formatP4Info(p4info)],
    [`${stem}.p4info.bin`, P4Info.encode(p4info)],
  ];
  if (bmv2 !== undefined) files.push([`${stem}.json`, bmv2]);
  const encoder = new TextEncoder();
  const bytes = files.map(
    ([file, content]) => [file, typeof content === 'string' ? encoder.encode(content) : content] as const,
  );
  return { target, files: new Map(bytes), p4, p4info, ...(bmv2 !== undefined && { bmv2 }) };
}

/** Tofino's own binary is made by p4c's Tofino backend from NAME.p4; its P4Info is known without it. */
function compiled(options: CompileOptions, target: Target): { p4info: P4Info; bmv2?: string } {
  const { p4info, bmv2, diagnostics } = target === 'tofino' ? p4infoOf(options) : compile(options);
  if (!p4info) throw new GenerateError(options.path, diagnostics);
  return { p4info, ...(bmv2 && { bmv2: `${JSON.stringify(bmv2, null, 2)}\n` }) };
}
