import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, EVICTIONS, type EvictionName, MapError, map } from '@bluebridge/memory';
import { Argument, Command, Option } from 'commander';
import { EXIT, Failure } from '../failure.js';
import { bytes, count } from '../output/units.js';
import { WORKLOADS } from '../vmem/workloads.js';
import { fabricOf, wholeNumber } from './options.js';

const PAGE = 4096;
const BACKENDS = ['local', 'mem', 'disk', 'remote'] as const;

interface VmemOptions {
  readonly spec?: string;
  readonly as?: string;
  readonly pages?: number;
  readonly frames?: number;
  readonly backend: (typeof BACKENDS)[number];
  readonly store?: string;
  readonly eviction: EvictionName;
  readonly prefetch: number;
  readonly timeout: number;
  readonly json?: boolean;
}

export function vmemCommand(): Command {
  return new Command('vmem')
    .description('run a program on an array whose pages are elsewhere: page faults fetch them')
    .addArgument(new Argument('<workload>', 'what to run').choices(Object.keys(WORKLOADS)))
    .argument('<file>', 'what the array begins with')
    .option('--pages <n>', `of ${PAGE} bytes, of the array; default: as many as the file has`, wholeNumber)
    .option(
      '--frames <n>',
      'pages that are here at once, at most; default: a quarter of them, at least 16',
      wholeNumber,
    )
    .addOption(
      new Option('--backend <name>', 'where the others are; local: an ordinary array, to compare with')
        .choices(BACKENDS)
        .default('remote'),
    )
    .option('--store <file>', 'for disk: keep the pages there; default: a file that is removed at the end')
    .addOption(new Option('--eviction <name>', 'which page goes').choices(EVICTIONS).default('clock'))
    .option('--prefetch <n>', 'pages fetched ahead of a sequence, at most', wholeNumber, 32)
    .option('-s, --spec <file>', 'for remote: specification; default: $BLUEBRIDGE_SPEC, else bluebridge.yaml')
    .option('--as <client>', 'for remote: which client of it to be; default: the first')
    .option('--timeout <ms>', 'for remote: give an operation up after so long', wholeNumber, 10_000)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Linux only. A page that cannot be fetched any more ends the process with SIGBUS. Ctrl-C ends it, too; the memory servers then keep what it had.

Examples:
  $ bluebridge vmem wc README.md --backend mem --frames 2
  $ bluebridge vmem sort big.bin --pages 4096 --frames 64 --backend disk
  $ bluebridge vmem scan big.bin --backend remote --as alice --spec examples/quickstart.yaml`,
    )
    .action(vmem);
}

async function vmem(name: keyof typeof WORKLOADS, path: string, options: VmemOptions): Promise<void> {
  const file = await open(path).catch((cause: Error) => {
    throw new Failure(cause.message, EXIT.USAGE, { cause });
  });
  try {
    const { size } = await file.stat();
    const pages = options.pages ?? Math.max(1, Math.ceil(size / PAGE));
    if (pages < 1 || size > pages * PAGE) {
      throw new Failure(
        `${path} has ${bytes(size)}, more than ${count(pages)} pages of ${PAGE} bytes`,
        EXIT.USAGE,
      );
    }
    const fill = async (data: Uint8Array): Promise<void> => {
      const piece = Buffer.alloc(65_536);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - at), at);
        if (bytesRead === 0) break; // it became shorter
        data.set(piece.subarray(0, bytesRead), at);
        at += bytesRead;
      }
    };
    await (options.backend === 'local' ? runLocal : runMapped)(name, pages, fill, options);
  } finally {
    await file.close();
  }
}

type Fill = (data: Uint8Array) => Promise<void>;

async function runLocal(
  name: keyof typeof WORKLOADS,
  pages: number,
  fill: Fill,
  options: VmemOptions,
): Promise<void> {
  const data = new Uint8Array(pages * PAGE);
  await fill(data);
  const begun = performance.now();
  const result = WORKLOADS[name](data);
  print(name, result, { pages, milliseconds: performance.now() - begun }, options);
}

async function runMapped(
  name: keyof typeof WORKLOADS,
  pages: number,
  fill: Fill,
  options: VmemOptions,
): Promise<void> {
  const { frames, eviction, prefetch } = options;
  const backend = await backendOf(options);
  const memory = await map({ bytes: pages * PAGE, frames, backend, eviction, prefetch }).catch(
    (error: unknown) => {
      if (error instanceof MapError && error.code === 'BAD_ARGUMENT')
        throw new Failure(error.message, EXIT.USAGE);
      throw error;
    },
  );
  try {
    await fill(memory.bytes);
    const begun = performance.now();
    const result = WORKLOADS[name](memory.bytes);
    const milliseconds = performance.now() - begun;
    print(name, result, { pages, frames: memory.frames, milliseconds, ...(await memory.status()) }, options);
  } finally {
    await memory.unmap();
  }
}

async function backendOf(options: VmemOptions): Promise<Backend> {
  if (options.backend === 'disk') {
    if (options.store !== undefined) return { kind: 'disk', path: options.store };
    return { kind: 'disk', path: join(tmpdir(), `bluebridge-vmem-${process.pid}`), isTemporary: true };
  }
  if (options.backend !== 'remote') return { kind: 'mem' };
  const fabric = await fabricOf(options.spec);
  const spec =
    options.as === undefined ? fabric.clients[0] : fabric.clients.find((c) => c.name === options.as);
  if (!spec) {
    const names = fabric.clients.map((c) => c.name).join(', ');
    throw new Failure(
      `the specification has no client ${options.as ?? ''}; it has: ${names || 'none'}`,
      EXIT.USAGE,
    );
  }
  if (!spec.wires)
    throw new Failure(`${spec.name} has no wire in the specification, which it needs here`, EXIT.USAGE);
  const { pageSize, mtu, prefix, udpPort: port } = fabric;
  const gatewayMac = fabric.switches.find((s) => s.name === spec.switch)!.mac;
  const { node, mac } = spec;
  return {
    kind: 'remote',
    node,
    mac,
    gatewayMac,
    wire: spec.wires.host,
    pageSize,
    mtu,
    prefix,
    port,
    timeout: options.timeout,
  };
}

function print(
  workload: string,
  result: Readonly<Record<string, number | string>>,
  told: {
    readonly pages: number;
    readonly milliseconds: number;
    readonly frames?: number;
    readonly faults?: number;
  },
  options: VmemOptions,
): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ workload, backend: options.backend, result, ...told })}\n`);
    return;
  }
  const words = Object.entries(result).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${workload}: ${words.join(', ')}\n`);
  const { pages, frames, faults, milliseconds } = told;
  const paging = frames === undefined ? '' : ` in ${count(frames)} frames, ${count(faults!)} faults`;
  process.stderr.write(`${count(pages)} pages${paging}, ${options.backend}, ${milliseconds.toFixed(1)} ms\n`);
}
