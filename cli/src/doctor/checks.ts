import { bmv2Finding } from './bmv2.js';
import type { Finding, Machine } from './finding.js';

const NODE_NEEDED = [20, 19] as const;

/** All findings, in the order in which they matter. */
export async function examine(machine: Machine): Promise<Finding[]> {
  return [
    nodeFinding(machine.nodeVersion),
    await rawSocketFinding(machine),
    await bmv2Finding(machine),
    ...(await Promise.all(PROGRAMS.map((p) => programFinding(machine, p)))),
  ];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const ok = major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1]);
  return {
    name: 'node',
    state: ok ? 'ok' : 'bad',
    found: version,
    advice: ok ? 'runs everything' : `install Node ${NODE_NEEDED.join('.')} or newer`,
  };
}

async function rawSocketFinding(machine: Machine): Promise<Finding> {
  const name = 'if: wires';
  if (machine.platform !== 'linux') {
    return {
      name,
      state: 'absent',
      found: machine.platform,
      advice: 'AF_PACKET is Linux; udp: wires work here',
    };
  }
  const reason = await machine.rawSockets();
  return reason === undefined
    ? { name, state: 'ok', found: 'AF_PACKET', advice: 'switch ports and hosts on real interfaces' }
    : {
        name,
        state: 'absent',
        found: reason,
        advice: 'run as root or with CAP_NET_RAW; udp: wires need neither',
      };
}

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly version: RegExp;
  readonly purpose: string;
  readonly install: string;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'p4c-bm2-ss',
    args: ['--version'],
    version: /Version\s+(\S+)/i,
    purpose: 'to check our compiler against',
    install: 'optional: our own compiler does the work',
  },
  {
    name: 'p4c-barefoot',
    args: ['--version'],
    version: /Version\s+(\S+)/i,
    purpose: 'the tofino target',
    install: 'only for the tofino target; build p4c with its Tofino backend',
  },
  {
    name: 'tshark',
    args: ['--version'],
    version: /TShark[^\d]*(\d\S*?)[.\s]*(?:\(|$)/m,
    purpose: 'to read what --pcap writes',
    install: 'optional: apt-get install tshark',
  },
];

async function programFinding(machine: Machine, program: Program): Promise<Finding> {
  const output = await machine.run(program.name, program.args);
  return output === undefined
    ? { name: program.name, state: 'absent', found: 'not installed', advice: program.install }
    : {
        name: program.name,
        state: 'ok',
        found: program.version.exec(output)?.[1] ?? 'version unknown',
        advice: program.purpose,
      };
}
