import { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { getCommand, putCommand } from './files.js';
import { allocCommand, freeCommand, readCommand, trimCommand, writeCommand } from './memory.js';
import { grantCommand, revokeCommand } from './sharing.js';

export function clientCommand(): Command {
  const client = new Command('client')
    .description('use remote memory, one operation a call, as one of the clients of the specification')
    .option('-s, --spec <file>', 'specification; default: $BLUEBRIDGE_SPEC, else bluebridge.yaml')
    .option('--as <name>', 'which client to be; default: the first')
    .option('--timeout <ms>', 'give an operation up after so long', wholeNumber, 10_000)
    .option('--json', 'print results as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ bluebridge client --as alice put README.md              prints an address such as fdbb:101::
  $ bluebridge client --as alice get fdbb:101:: copy.md
  $ bluebridge client --as alice grant fdbb:101:: bob       bob may read the file from now on
  $ bluebridge client --as alice alloc 64KiB
  $ echo hello | bluebridge client --as alice write fdbb:101::1000
  $ bluebridge client --as alice read fdbb:101::1000 6`,
    );
  const commands = [
    allocCommand(),
    readCommand(),
    writeCommand(),
    trimCommand(),
    freeCommand(),
    putCommand(),
    getCommand(),
    grantCommand(),
    revokeCommand(),
  ];
  for (const command of commands) client.addCommand(command);
  return client;
}
