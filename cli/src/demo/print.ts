import Table from 'cli-table3';
import pc from 'picocolors';
import { bytes, count, duration } from '../output/units.js';
import type { DemoReport } from './report.js';

/** The report as people like to read it. */
export function printReport(report: DemoReport): string {
  return `${[operations(report), throughput(report), counters(report)].join('\n')}\n`;
}

export function checkLine({ name, held, seen }: DemoReport['checks'][number]): string {
  return `  ${held ? pc.green('✓') : pc.red('✗')} ${name.padEnd(44)} ${held ? pc.dim(seen) : pc.red(seen)}\n`;
}

const table = (head: string[], align: ('left' | 'right')[]) =>
  new Table({
    head: head.map((h) => pc.bold(h)),
    colAligns: align,
    style: { head: [], border: pc.isColorSupported ? ['gray'] : [], compact: true },
  });

function operations({ operations }: DemoReport): string {
  const t = table(
    ['client', 'operation', 'count', 'p50', 'p99'],
    ['left', 'left', 'right', 'right', 'right'],
  );
  for (const o of operations) {
    t.push([o.client, o.operation, count(o.count), duration(o.p50 * 1e3), duration(o.p99 * 1e3)]);
  }
  return t.toString();
}

function throughput({ throughput }: DemoReport): string {
  const t = table(['transfer', 'bytes', 'time', 'throughput'], ['left', 'right', 'right', 'right']);
  for (const { what, bytes: size, milliseconds } of throughput) {
    const perSecond = `${bytes(Math.round((size / milliseconds) * 1000))}/s`;
    t.push([what, bytes(size), duration(milliseconds * 1e6), perSecond]);
  }
  return t.toString();
}

/** What the P4 program counted; what is zero says nothing and is left out. */
function counters({ counters }: DemoReport): string {
  const t = table(['counted by the P4 program', '', 'packets', 'bytes'], ['left', 'left', 'right', 'right']);
  for (const kind of ['accepted', 'routed', 'refused', 'punted', 'ordinary'] as const) {
    for (const [name, { packets, bytes: size }] of counters[kind]) {
      if (packets > 0n) t.push([kind, label(kind, name), count(packets), bytes(size)]);
    }
  }
  return t.toString();
}

function label(kind: string, name: string): string {
  if (kind === 'accepted') {
    const [port, node] = name.split('/');
    return `port ${port}, node ${node}`;
  }
  return kind === 'routed' ? `to node ${name}` : name;
}
