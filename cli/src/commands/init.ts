import { writeFile } from 'node:fs/promises';
import { initSpec } from '@bluebridge/templates/spec';
import { Command, InvalidArgumentError } from 'commander';
import { Failure } from '../failure.js';

export function initCommand(): Command {
  return new Command('init')
    .description('write a specification to start from')
    .argument('[file]', 'where to', 'bluebridge.yaml')
    .option('--servers <n>', 'memory servers', positive, 2)
    .option('--clients <n>', 'clients', positive, 2)
    .option('--force', 'overwrite a file that is there')
    .addHelpText(
      'after',
      `
Examples:
  $ bluebridge init                        bluebridge.yaml with two servers and two clients
  $ bluebridge init rack.yaml --servers 8 --clients 24`,
    )
    .action(async (file: string, options: { servers: number; clients: number; force?: boolean }) => {
      const text = initSpec({ servers: options.servers, clients: options.clients });
      try {
        await writeFile(file, text, { flag: options.force ? 'w' : 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
          throw new Failure(`${file} is there already; --force overwrites it`);
        }
        throw new Failure(`cannot write ${file}: ${(error as Error).message}`, undefined, { cause: error });
      }
      process.stdout.write(
        `${file}: ${options.servers} servers, ${options.clients} clients around one switch\n`,
      );
      process.stdout.write(`next: bluebridge up ${file} --demo\n`);
    });
}

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('It has to be a whole number above 0.');
  return n;
}
