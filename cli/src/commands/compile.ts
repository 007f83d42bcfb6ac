import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compile, p4infoOf, renderDiagnostics } from 'p4-compiler';
import { formatP4Info, P4Info } from 'p4runtime-js';
import { EXIT, Failure } from '../failure.js';
import { bytes } from '../output/units.js';
import { compileTofino } from '../tofino/compile.js';
import { describePipeline, pipelineSummary } from '../tofino/describe.js';
import { DRIVER_VARIABLE } from '../tofino/files.js';
import { writeAll } from './generate.js';

interface CompileOptions {
  readonly out: string;
  readonly include: string[];
  readonly define: Record<string, string>;
  readonly p4infoOnly?: boolean;
  readonly target: 'bmv2' | 'tofino';
  readonly p4c?: string;
  readonly json?: boolean;
}

export function compileCommand(): Command {
  return new Command('compile')
    .description(
      'compile any P4_16 program: for v1model to P4Info and BMv2 JSON, for TNA with an installed p4c',
    )
    .argument('<file>', 'the program, e.g. router.p4')
    .option('--out <dir>', 'where to', '.')
    .option('-I, --include <dir>', 'look for #include files there; can be given again', collect, [])
    .option('-D, --define <name[=value]>', 'a macro; can be given again', define, {})
    .addOption(
      new Option('--target <name>', "tofino: run p4c's Tofino backend and pack what it makes for Stratum")
        .choices(['bmv2', 'tofino'])
        .default('bmv2'),
    )
    .option(
      '--p4c <path>',
      `p4c with its Tofino backend; default: $${DRIVER_VARIABLE}, else bf-p4c or p4c on PATH`,
    )
    .option('--p4info-only', 'only the P4Info, also of programs for TNA')
    .option('--json', 'print diagnostics and what was written as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ bluebridge compile p4src/quickstart.p4 --out out
  $ bluebridge compile router.p4 -I include -DPORTS=64
  $ bluebridge compile p4src/quickstart.tofino.p4 --p4info-only
  $ bluebridge compile out/quickstart.tofino.p4 --target tofino --out out     NAME.pipeline.bin is what Stratum loads`,
    )
    .action(async (file: string, options: CompileOptions) => {
      if (options.target === 'tofino' && !options.p4infoOnly) return forTofino(file, options);
      const input = { path: file, includePaths: options.include, defines: options.define };
      const result = options.p4infoOnly ? p4infoOf(input) : compile(input);
      const { diagnostics, p4info, bmv2 } = result;
      if (!options.json) process.stderr.write(renderDiagnostics(diagnostics));
      const files = new Map<string, Uint8Array | string>();
      const stem = basename(file).replace(/\.p4$/, '');
      if (p4info) {
        files.set(`${stem}.p4info.txtpb`, formatP4Info(p4info));
        files.set(`${stem}.p4info.bin`, P4Info.encode(p4info));
      }
      if (bmv2) files.set(`${stem}.json`, `${JSON.stringify(bmv2, null, 2)}\n`);
      const written = p4info ? await writeAll(options.out, files) : [];
      if (options.json) {
        const plain = diagnostics.map(({ severity, code, message, span }) => ({
          severity,
          code,
          message,
          file: span?.file.path,
        }));
        process.stdout.write(`${JSON.stringify({ diagnostics: plain, files: written }, null, 2)}\n`);
      } else for (const { path, size } of written) process.stdout.write(`${path}  ${bytes(size)}\n`);
      if (!p4info) throw new Failure(`${file} does not compile`, EXIT.USAGE);
    });
}

async function forTofino(file: string, options: CompileOptions): Promise<void> {
  const { config, written, output } = await compileTofino(file, options);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ...pipelineSummary(config), output, files: written }, null, 2)}\n`,
    );
    return;
  }
  process.stderr.write(output);
  process.stdout.write(describePipeline(config));
  for (const { path, size } of written) process.stdout.write(`${path}  ${bytes(size)}\n`);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function define(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It has to be NAME or NAME=VALUE.');
  return { ...before, [name]: value ?? '1' };
}
