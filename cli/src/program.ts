import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { EXIT, Failure } from './failure.js';
import { Interrupted } from './interrupt.js';

const ABOUT = `Remote memory behind programmable switches.

A page of memory on another machine is named by an IPv6 address; a P4 switch in front of the memory servers routes each request and checks that the asker may have the page.`;

const AFTER_HELP = `
Examples:
  $ bluebridge up examples/quickstart.yaml --demo     everything in one process, with a demonstration
  $ bluebridge init                                   write a bluebridge.yaml to start from
  $ bluebridge generate bluebridge.yaml --out out     render and compile the switch program
  $ bluebridge doctor                                 what this machine can do

Exit codes: 0 done, 1 failed or a check did not hold, 2 wrong command line or specification, 130 interrupted.`;

/** Each command is loaded when it is called: loading all of them takes as long as most of them run. In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.js')).upCommand(),
  init: async () => (await import('./commands/init.js')).initCommand(),
  generate: async () => (await import('./commands/generate.js')).generateCommand(),
  compile: async () => (await import('./commands/compile.js')).compileCommand(),
  'pack-tofino': async () => (await import('./commands/pack-tofino.js')).packTofinoCommand(),
  switch: async () => (await import('./commands/switch.js')).switchCommand(),
  controller: async () => (await import('./commands/controller.js')).controllerCommand(),
  ctl: async () => (await import('./commands/ctl/index.js')).ctlCommand(),
  server: async () => (await import('./commands/server.js')).serverCommand(),
  client: async () => (await import('./commands/client/index.js')).clientCommand(),
  disk: async () => (await import('./commands/disk.js')).diskCommand(),
  vmem: async () => (await import('./commands/vmem.js')).vmemCommand(),
  check: async () => (await import('./commands/check.js')).checkCommand(),
  mininet: async () => (await import('./commands/mininet.js')).mininetCommand(),
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand(),
};

/** The command tree: the one command that is called, or all of them for help and for words that are none. */
async function buildProgram(called: string | undefined): Promise<Command> {
  const program = new Command('bluebridge')
    .description(ABOUT)
    .version('0.1.0')
    .addHelpText('after', AFTER_HELP)
    .addHelpCommand(false);
  const names = called !== undefined && Object.hasOwn(COMMANDS, called) ? [called] : Object.keys(COMMANDS);
  for (const name of names) program.addCommand(await COMMANDS[name]!());
  prepare(program, '');
  return program;
}

/** Errors come back as exceptions, and say where help is. */
function prepare(command: Command, parent: string): void {
  const name = `${parent}${command.name()}`;
  command.exitOverride().showHelpAfterError(`(${name} --help tells more)`);
  for (const sub of command.commands) prepare(sub, `${name} `);
}

/** Run one command line and return the process's exit code. Never throws. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const program = await buildProgram(argv[2]);
    await program.parseAsync([...argv]);
    return process.exitCode === undefined ? EXIT.OK : Number(process.exitCode);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
  if (error instanceof Interrupted) return EXIT.INTERRUPTED;
  if (error instanceof Failure) {
    process.stderr.write(`${pc.red('bluebridge:')} ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof Error && 'code' in error) {
    // Every error of ours has a stable code and a message for people; a stack trace would only hide it.
    process.stderr.write(`${pc.red('bluebridge:')} ${error.message}\n`);
    return isUsageCode(String(error.code)) ? EXIT.USAGE : EXIT.FAILED;
  }
  process.stderr.write(`${pc.red('bluebridge: this is a fault of bluebridge itself, please report it')}\n`);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.FAILED;
}

const isUsageCode = (code: string): boolean => code.startsWith('SPEC_') || code === 'WIRE_BAD_SPEC';
