import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type MemoryAddress, MemoryError, removeFile } from '@bluebridge/memory';
import { Command } from 'commander';
import { Failure } from '../../failure.js';
import { bytes } from '../../output/units.js';
import { size } from '../options.js';
import { address, type ClientGlobals, show, withClient } from './context.js';

export function allocCommand(): Command {
  return new Command('alloc')
    .description('allocate memory; the fabric chooses the server, or --on does')
    .argument('<size>', 'bytes, e.g. 64KiB; rounded up to a power of two of at least a page', size)
    .option('--on <server>', 'name of a server')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bluebridge client alloc 64KiB\n  $ bluebridge client alloc 1MiB --on m2',
    )
    .action((length: number, options: { on?: string }, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ fabric, client, signal, print }) => {
        const on = fabric.servers.find((s) => s.name === options.on);
        if (options.on !== undefined && !on) {
          throw new Failure(
            `no server ${options.on}; there are: ${fabric.servers.map((s) => s.name).join(', ')}`,
          );
        }
        const region = await client.alloc(length, { signal, node: on?.node });
        const at = show(region, fabric);
        print(`${at}  ${bytes(region.length)}`, { address: at, length: region.length });
      }),
    );
}

export function readCommand(): Command {
  return new Command('read')
    .description('read bytes to standard output or a file')
    .argument('<address>', 'e.g. fdbb:101::1000', address)
    .argument('<length>', 'bytes', size)
    .option('--out <file>', 'write them there')
    .addHelpText('after', '\nExamples:\n  $ bluebridge client read fdbb:101:: 4KiB | xxd | head')
    .action((at: MemoryAddress, length: number, options: { out?: string }, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ client, signal }) => {
        const content = await client.read(at, length, { signal });
        if (options.out !== undefined) await writeFile(options.out, content);
        else process.stdout.write(content);
      }),
    );
}

export function writeCommand(): Command {
  return new Command('write')
    .description('write bytes of a file, or of standard input')
    .argument('<address>', 'e.g. fdbb:101::1000', address)
    .argument('[file]', 'default: standard input')
    .addHelpText('after', '\nExamples:\n  $ echo hello | bluebridge client write fdbb:101::1000')
    .action((at: MemoryAddress, file: string | undefined, _options: object, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ fabric, client, signal, print }) => {
        const content = file === undefined ? await buffer(process.stdin) : await readFile(file);
        await client.write(at, content, { signal });
        print(`${bytes(content.length)} at ${show(at, fabric)}`, {
          address: show(at, fabric),
          length: content.length,
        });
      }),
    );
}

export function trimCommand(): Command {
  return new Command('trim')
    .description('make bytes read zero')
    .argument('<address>', 'e.g. fdbb:101::1000', address)
    .argument('<length>', 'bytes', size)
    .addHelpText('after', '\nExamples:\n  $ bluebridge client trim fdbb:101::1000 4KiB')
    .action((at: MemoryAddress, length: number, _options: object, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ fabric, client, signal, print }) => {
        await client.trim(at, length, { signal });
        print(`${bytes(length)} at ${show(at, fabric)} read zero`, { address: show(at, fabric), length });
      }),
    );
}

export function freeCommand(): Command {
  return new Command('free')
    .description('free an allocation, or a whole file that put has stored')
    .argument('<address>', 'what alloc or put printed', address)
    .addHelpText('after', '\nExamples:\n  $ bluebridge client free fdbb:101::')
    .action((at: MemoryAddress, _options: object, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ client, signal, print }) => {
        const freed = await removeFile(client, at, { signal }).catch((error: unknown) => {
          if (error instanceof MemoryError && error.code === 'NOT_A_FILE') return client.free(at, { signal });
          throw error;
        });
        print(`${bytes(freed)} freed`, { freed });
      }),
    );
}
