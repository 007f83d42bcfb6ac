import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { clientCommand } from './commands/client/index.js';
import { compileCommand } from './commands/compile.js';
import { controllerCommand } from './commands/controller.js';
import { diskCommand } from './commands/disk.js';
import { doctorCommand } from './commands/doctor.js';
import { generateCommand } from './commands/generate.js';
import { initCommand } from './commands/init.js';
import { mininetCommand } from './commands/mininet.js';
import { serverCommand } from './commands/server.js';
import { switchCommand } from './commands/switch.js';
import { upCommand } from './commands/up.js';
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

/** The whole command tree. */
export function buildProgram(): Command {
  const program = new Command('bluebridge')
    .description(ABOUT)
    .version('0.1.0')
    .addHelpText('after', AFTER_HELP)
    .addHelpCommand(false);
  const commands = [
    upCommand(),
    initCommand(),
    generateCommand(),
    compileCommand(),
    switchCommand(),
    controllerCommand(),
    serverCommand(),
    clientCommand(),
    diskCommand(),
    mininetCommand(),
    doctorCommand(),
  ];
  for (const command of commands) program.addCommand(command);
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
    await buildProgram().parseAsync([...argv]);
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
