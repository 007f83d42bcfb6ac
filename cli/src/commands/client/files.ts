import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { type FetchedFile, getFile, type MemoryAddress, putFile } from '@bluebridge/memory';
import { Command } from 'commander';
import { Failure } from '../../failure.js';
import { bytes } from '../../output/units.js';
import { address, type ClientContext, type ClientGlobals, show, withClient } from './context.js';

export function putCommand(): Command {
  return new Command('put')
    .description('store a file in remote memory, spread over the servers, and print its address')
    .argument('<file>')
    .addHelpText('after', '\nExamples:\n  $ bluebridge client --as alice put README.md')
    .action((file: string, _options: object, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async ({ fabric, client, signal, print }) => {
        const content = await readWhole(file);
        const stored = await putFile(client, content, { signal });
        const at = show(stored.address, fabric);
        const { size, sha256 } = stored;
        const servers = new Set(stored.regions.map((r) => r.node)).size;
        print(`${at}`, { address: at, size, sha256, servers });
        process.stderr.write(`${bytes(size)} on ${servers} servers, SHA-256 ${sha256}\n`);
      }),
    );
}

async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new Failure(`cannot read ${file}: ${(error as Error).message}`, undefined, { cause: error });
  }
}

export function getCommand(): Command {
  return new Command('get')
    .description('fetch a file that put has stored')
    .argument('<address>', 'what put printed', address)
    .argument('<file>', 'where to; - is standard output')
    .addHelpText('after', '\nExamples:\n  $ bluebridge client --as alice get fdbb:101:: copy.md')
    .action((at: MemoryAddress, file: string, _options: object, command: Command) =>
      withClient(command.optsWithGlobals<ClientGlobals>(), async (context) => {
        const fetched = await (file === '-'
          ? fetchTo(context, at, process.stdout)
          : fetchFile(context, at, file));
        const { size, sha256 } = fetched;
        if (file !== '-') context.print(`${file}  ${bytes(size)}  SHA-256 ${sha256}`, { file, size, sha256 });
      }),
    );
}

/** Write beside the file and rename when all is there and verified: a fetch that fails leaves nothing half-written. */
async function fetchFile(context: ClientContext, at: MemoryAddress, file: string): Promise<FetchedFile> {
  const partial = `${file}.part`;
  const out = createWriteStream(partial);
  try {
    await once(out, 'open');
    const fetched = await fetchTo(context, at, out);
    out.end();
    await once(out, 'finish');
    await rename(partial, file);
    return fetched;
  } catch (error) {
    out.destroy();
    await rm(partial, { force: true });
    throw error;
  }
}

const fetchTo = (
  { client, signal }: ClientContext,
  at: MemoryAddress,
  out: NodeJS.WritableStream,
): Promise<FetchedFile> =>
  getFile(
    client,
    at,
    async (piece) => {
      if (!out.write(piece)) await once(out, 'drain');
    },
    { signal },
  );
