import {
  isLocal,
  type ListenAddress,
  type MemoryClient,
  NbdServer,
  parseListen,
  Volume,
} from '@bluebridge/memory';
import type { Fabric } from '@bluebridge/templates';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT, Failure } from '../failure.js';
import { aborted } from '../interrupt.js';
import { bytes } from '../output/units.js';
import { withClient } from './client/context.js';
import { size, wholeNumber } from './options.js';

interface DiskOptions {
  readonly spec?: string;
  readonly as?: string;
  readonly size: number;
  readonly listen: ListenAddress;
  readonly export: string;
  readonly extent: number;
  readonly public?: boolean;
  readonly timeout: number;
}

/** Milliseconds between two looks at the disk for the status line. */
const STATUS_EVERY = 500;

export function diskCommand(): Command {
  return new Command('disk')
    .description('a disk on remote memory, for every NBD client')
    .option('-s, --spec <file>', 'specification; default: $BLUEBRIDGE_SPEC, else bluebridge.yaml')
    .option('--as <client>', 'which client of the specification to be; default: the first')
    .requiredOption('--size <size>', 'of the disk, e.g. 1GiB; memory is taken as it is written to', size)
    .requiredOption('--listen <address>', 'unix:PATH, or tcp:HOST:PORT of this machine', listenAddress)
    .option('--export <name>', 'what clients ask for', '')
    .option('--extent <size>', 'bytes that are allocated at once, a power of two', size, 1 << 20)
    .option('--public', 'let other machines connect: NBD asks for no password, and nothing is encrypted')
    .option('--timeout <ms>', 'give an operation up after so long: an I/O error', wholeNumber, 10_000)
    .addHelpText(
      'after',
      `
Runs until Ctrl-C, which answers what is under way and frees the memory: the disk's content is gone then.
A disk may be larger than the servers; writes that find no room fail with "no space left".

Examples:
  $ bluebridge disk --as alice --size 1G --listen unix:/run/disk.sock
  $ bluebridge disk --size 64MiB --listen tcp:127.0.0.1:10809 --export scratch
  $ nbdinfo 'nbd+unix:///?socket=/run/disk.sock'
  $ qemu-img convert -n -O raw image.qcow2 'nbd+unix:///?socket=/run/disk.sock'
  $ nbdcopy image.raw nbd://127.0.0.1:10809/scratch
  $ nbdfuse mnt 'nbd+unix:///?socket=/run/disk.sock' & mkfs.ext4 mnt/nbd`,
    )
    .action(disk);
}

/** For commander. */
function listenAddress(text: string): ListenAddress {
  try {
    return parseListen(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function disk(options: DiskOptions): Promise<void> {
  const { listen } = options;
  if (!isLocal(listen) && !options.public) {
    const where = listen.kind === 'tcp' ? listen.host : '';
    throw new Failure(
      `${where} is not an address of this machine alone (127.0.0.1, [::1]); NBD asks for no password: ` +
        'whoever reaches the port reads and writes the disk. --public says that this is meant',
      EXIT.USAGE,
    );
  }
  await withClient(options, async ({ fabric, client, signal }) => {
    const volume = makeVolume(client, options);
    const server = await serve(volume, fabric, options);
    try {
      await watch(server, volume, signal);
    } finally {
      process.stderr.write('disk: answering what is under way, and freeing the memory\n');
      await server.close();
      const { freed, left } = await volume.close();
      process.stderr.write(`disk: stopped, ${bytes(freed)} freed\n`);
      if (left > 0) {
        process.stderr.write(`disk: ${bytes(left)} could not be freed: their servers do not answer\n`);
        process.exitCode = EXIT.FAILED;
      }
    }
  });
}

function makeVolume(memory: MemoryClient, options: DiskOptions): Volume {
  try {
    return new Volume({ memory, size: options.size, extent: options.extent });
  } catch (error) {
    throw new Failure(`--extent: ${(error as Error).message}`, EXIT.USAGE, { cause: error });
  }
}

async function serve(volume: Volume, fabric: Fabric, options: DiskOptions): Promise<NbdServer> {
  const server = await NbdServer.listen({
    device: volume,
    listen: options.listen,
    exportName: options.export,
    description: `${bytes(volume.size)} of remote memory, fabric ${fabric.name}`,
    preferredBlock: fabric.pageSize,
    onTrouble: (error) => process.stderr.write(`disk: a client: ${error.message}\n`),
  });
  const capacity = fabric.servers.reduce((sum, { capacity }) => sum + capacity, 0);
  if (volume.size > capacity) {
    process.stderr.write(
      `disk: the servers have ${bytes(capacity)} in all; what is written beyond that fails\n`,
    );
  }
  process.stdout.write(`${server.uri}\n`);
  process.stderr.write(
    `disk: ${bytes(volume.size)} in extents of ${bytes(volume.extent)}; Ctrl-C stops it and frees the memory\n`,
  );
  return server;
}

/** Until the signal; on a terminal, with a line that says how the disk is. */
async function watch(server: NbdServer, volume: Volume, signal: AbortSignal): Promise<void> {
  const out = process.stderr;
  if (!out.isTTY) return aborted(signal);
  let shown = '';
  const timer = setInterval(() => {
    const { allocatedBytes, servers } = volume.status;
    const { connections } = server.status;
    const line = `${connections} connected, ${bytes(allocatedBytes)} of ${bytes(volume.size)} on ${servers.size} servers`;
    if (line !== shown) out.write(`\r\x1b[2K${line}`);
    shown = line;
  }, STATUS_EVERY);
  try {
    await aborted(signal);
  } finally {
    clearInterval(timer);
    out.write('\r\x1b[2K');
  }
}
