import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MininetError } from './errors.js';

/** Debian's Python, which is where Debian's mininet is; others on the PATH do not see it. */
export const PYTHON = '/usr/bin/python3';

const APT = 'apt-get install -y --no-install-recommends mininet iproute2 iputils-ping ethtool';
const PROGRAMS = ['unshare', 'mnexec', 'ip', 'ping', 'ethtool', 'sysctl'] as const;

/** What the preflight asks of the machine; injected, so that tests can have any machine. */
export interface Machine {
  readonly platform: string;
  readonly uid: number | undefined;
  /** Where a program of the PATH is. */
  find(program: string): Promise<string | undefined>;
  /** Whether Debian's Python can import the module. */
  hasModule(name: string): Promise<boolean>;
}

/**
 * Whether Mininet can run here.
 * @throws MininetError MININET_MISSING, with what to do about it
 */
export async function preflight(machine: Machine): Promise<void> {
  if (machine.platform !== 'linux') throw missing(`Mininet needs Linux; this is ${machine.platform}`);
  if (machine.uid !== 0) {
    throw missing('needs root, for network namespaces and AF_PACKET: sudo bluebridge mininet');
  }
  const found = await Promise.all(PROGRAMS.map((program) => machine.find(program)));
  const absent: string[] = PROGRAMS.filter((_, i) => found[i] === undefined);
  if (!(await machine.hasModule('mininet'))) absent.push('mininet');
  if (absent.length > 0)
    throw missing(`not installed: ${absent.join(', ')}. On Debian and Ubuntu:\n  ${APT}`);
}

/** BMv2's program: `given`, or simple_switch_grpc of the PATH. @throws MininetError MININET_MISSING */
export async function findSimpleSwitch(machine: Machine, given?: string): Promise<string> {
  const program = given || 'simple_switch_grpc';
  const found = await machine.find(program);
  if (found !== undefined) return found;
  throw missing(
    `--switch bmv2 needs simple_switch_grpc, and ${program} is no program that can be run here; build it from ` +
      'p4lang/behavioral-model and put it on the PATH, or use --switch embedded',
  );
}

const missing = (message: string): MininetError => new MininetError('MININET_MISSING', message);

export const thisMachine: Machine = {
  platform: process.platform,
  uid: process.getuid?.(),
  async find(program) {
    const candidates = program.includes('/')
      ? [program]
      : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
    for (const path of candidates) {
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return path;
    }
    return undefined;
  },
  hasModule: (name) =>
    new Promise((resolve) => {
      const look = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
      // -I: neither the folder that we are in nor the environment adds modules.
      execFile(PYTHON, ['-I', '-c', look, name], (error) => resolve(error === null));
    }),
};
