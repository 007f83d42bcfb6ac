import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compileForTofino, findTofinoDriver, p4infoOf, packPipeline, renderDiagnostics } from 'p4-compiler';
import { formatP4Info, P4Info, parseP4Info, type stratum } from 'p4runtime-js';
import { writeAll } from '../commands/generate.js';
import { programDifferences } from '../fabric/same-program.js';
import { Failure } from '../failure.js';
import { interruptSignal } from '../interrupt.js';
import { Steps } from '../output/steps.js';
import { DRIVER_VARIABLE, pipelineFile } from './files.js';

export interface TofinoOptions {
  readonly out: string;
  readonly include: string[];
  readonly define: Record<string, string>;
  readonly p4c?: string;
}

export interface TofinoCompiled {
  readonly config: stratum.BfPipelineConfig;
  readonly written: { path: string; size: number }[];
  /** What the backend printed. */
  readonly output: string;
}

/**
 * Compile a TNA program with the installed p4c and write what a controller pushes to Stratum: the P4Info, and the pipeline config.
 * @throws TofinoError, Failure
 */
export async function compileTofino(file: string, options: TofinoOptions): Promise<TofinoCompiled> {
  const driver = findTofinoDriver(options.p4c ?? process.env[DRIVER_VARIABLE]);
  const stem = basename(file, '.p4');
  const build = join(options.out, `${stem}.build`);
  const interrupt = interruptSignal();
  const { include: includePaths, define: defines } = options;
  try {
    const { conf, p4info, output } = await new Steps().run(
      'p4c',
      () =>
        compileForTofino({
          driver,
          file,
          buildFolder: build,
          includePaths,
          defines,
          signal: interrupt.signal,
        }),
      ({ conf: made }) => made,
    );
    const { config, bytes } = packPipeline(conf);
    const info = parseP4Info(readFileSync(p4info, 'utf8'), p4info);
    checkAgainstOurs(info, { path: file, includePaths, defines });
    const files = new Map<string, Uint8Array | string>([
      [`${stem}.p4info.txtpb`, formatP4Info(info)],
      [`${stem}.p4info.bin`, P4Info.encode(info)],
      [pipelineFile(stem), bytes],
    ]);
    return { config, written: await writeAll(options.out, files), output };
  } finally {
    interrupt.dispose();
  }
}

/**
 * A controller of ours is built from our own compiler's P4Info: the backend's has to agree with it.
 * @throws Failure
 */
function checkAgainstOurs(theirs: P4Info, program: Parameters<typeof p4infoOf>[0]): void {
  const { p4info: ours, diagnostics } = p4infoOf(program);
  if (!ours) {
    process.stderr.write(
      `our own compiler does not take this program, so nothing could check the backend's P4Info:\n${renderDiagnostics(diagnostics)}`,
    );
    return;
  }
  const differences = programDifferences(ours, theirs);
  if (differences.length === 0) return;
  throw new Failure(`the backend's P4Info is not the one that our compiler makes: ${differences.join('; ')}`);
}
