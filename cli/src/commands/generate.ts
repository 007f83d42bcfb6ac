import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate, type Target } from '@bluebridge/templates';
import { Command, Option } from 'commander';
import { Failure } from '../failure.js';
import { bytes } from '../output/units.js';
import { fabricOf, SPEC_ARGUMENT } from './options.js';

export function generateCommand(): Command {
  return new Command('generate')
    .description("render and compile a fabric's switch program")
    .argument('[spec]', SPEC_ARGUMENT)
    .addOption(
      new Option('--target <name>', "default: the specification's").choices(['embedded', 'bmv2', 'tofino']),
    )
    .option('--out <dir>', 'where to', 'out')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Writes NAME.p4, NAME.p4info.txtpb, NAME.p4info.bin and, for embedded and bmv2, NAME.json. The same specification gives the same
bytes. For tofino, p4c's Tofino backend compiles NAME.tofino.p4.

Examples:
  $ bluebridge generate examples/quickstart.yaml --target bmv2 --out out
  $ bluebridge generate --target tofino`,
    )
    .action(async (spec: string | undefined, options: { target?: Target; out: string; json?: boolean }) => {
      const fabric = await fabricOf(spec);
      const { files, target } = generate(fabric, options.target ? { target: options.target } : {});
      const written = await writeAll(options.out, files);
      if (options.json) process.stdout.write(`${JSON.stringify({ target, files: written }, null, 2)}\n`);
      else for (const { path, size } of written) process.stdout.write(`${path}  ${bytes(size)}\n`);
    });
}

/** Make the folder if it has to be made, and write the files. @throws Failure */
export async function writeAll(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<{ path: string; size: number }[]> {
  try {
    await mkdir(folder, { recursive: true });
    const written = [];
    for (const [name, content] of files) {
      const path = join(folder, name);
      await writeFile(path, content);
      written.push({ path, size: Buffer.byteLength(content) });
    }
    return written;
  } catch (error) {
    throw new Failure(`cannot write to ${folder}: ${(error as Error).message}`, undefined, { cause: error });
  }
}
