import { fileRegions, type MemoryAddress, MemoryError, type Region, wire } from '@bluebridge/memory';
import type { Fabric } from '@bluebridge/templates';
import { Command } from 'commander';
import { EXIT, Failure } from '../../failure.js';
import { bytes } from '../../output/units.js';
import { size } from '../options.js';
import { address, type ClientContext, type ClientGlobals, withClient } from './context.js';

interface SharingOptions {
  readonly length?: number;
  readonly write?: boolean;
}

export function grantCommand(): Command {
  return sharing('grant', 'let another client read memory of your own')
    .option('--write', 'let it write, too')
    .addHelpText(
      'after',
      `
Without --length the address is that of a file that put has stored, and all of it is shared.

Examples:
  $ bluebridge client --as alice grant fdbb:101:: bob
  $ bluebridge client --as alice grant fdbb:101::1000 bob --length 8KiB --write`,
    )
    .action((at: MemoryAddress, name: string, options: SharingOptions, command: Command) =>
      share(command, at, name, options, async ({ client, signal }, region, node) => {
        const rights = wire.Right.READ | (options.write ? wire.Right.WRITE : 0);
        await client.grant(region, node, rights, { signal });
      }),
    );
}

export function revokeCommand(): Command {
  return sharing('revoke', 'take back what was granted')
    .addHelpText('after', '\nExamples:\n  $ bluebridge client --as alice revoke fdbb:101:: bob')
    .action((at: MemoryAddress, name: string, options: SharingOptions, command: Command) =>
      share(command, at, name, options, async ({ client, signal }, region, node) => {
        await client.revoke(region, node, { signal });
      }),
    );
}

const sharing = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<address>', 'what alloc or put printed', address)
    .argument('<client>', 'name of the other client')
    .option('--length <size>', 'whole pages from the address on', size);

async function share(
  command: Command,
  at: MemoryAddress,
  name: string,
  { length }: SharingOptions,
  act: (context: ClientContext, region: Region, node: number) => Promise<void>,
): Promise<void> {
  await withClient(command.optsWithGlobals<ClientGlobals>(), async (context) => {
    const node = nodeOf(context.fabric, name);
    const regions = length === undefined ? await regionsOf(context, at) : [{ ...at, length }];
    for (const region of regions) await act(context, region, node);
    const total = regions.reduce((sum, r) => sum + r.length, 0);
    const done = command.name() === 'grant' ? 'granted to' : 'revoked from';
    context.print(`${bytes(total)} ${done} ${name}`, { [command.name()]: name, bytes: total });
  });
}

async function regionsOf({ client, signal }: ClientContext, at: MemoryAddress): Promise<readonly Region[]> {
  try {
    return await fileRegions(client, at, { signal });
  } catch (error) {
    if (!(error instanceof MemoryError) || error.code !== 'NOT_A_FILE') throw error;
    throw new Failure(`${error.message}; give --length to share memory that is no file`, undefined, {
      cause: error,
    });
  }
}

function nodeOf(fabric: Fabric, name: string): number {
  const client = fabric.clients.find((c) => c.name === name);
  if (client) return client.node;
  const names = fabric.clients.map((c) => c.name).join(', ');
  throw new Failure(`the specification has no client ${name}; it has: ${names}`, EXIT.USAGE);
}
