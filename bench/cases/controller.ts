import { Allocations, P4RuntimeLink, type PlannedEntry, planPermissions } from '@bluebridge/controller';
import { TABLES } from '@bluebridge/templates';
import { RunningSwitch } from 'p4-switch';
import { insert, P4RuntimeClient, remove, tableEntry, tablePattern } from 'p4runtime-js';
import type { Case, Contest, Metrics } from '../lib/contest.js';
import { quickstart } from '../lib/program.js';
import { attach, ownPages } from '../lib/rig.js';

const ENTRIES = 5000;
/** The plain loop is slow, so it does a part of the same entries; its rate does not depend on how many. */
const SINGLE = 1000;

/** Permissions over P4Runtime gRPC: what the controller does against a plain loop of calls with one entry each. */
export const controllerCase: Case = {
  name: 'controller',
  about: `${ENTRIES} permissions installed over P4Runtime`,
  open,
};

async function open(): Promise<Contest> {
  const { fabric, pipeline } = await quickstart(8192);
  const deviceId = fabric.switches[0]!.deviceId;
  const pages = ENTRIES / (fabric.servers.length * fabric.clients.length);
  const allocations = new Allocations();
  ownPages(allocations, fabric, pages);
  const planned = planPermissions(allocations);
  if (planned.length !== ENTRIES) throw new Error(`planned ${planned.length} entries, not ${ENTRIES}`);

  /** A fresh switch for each run: what one leaves behind does not change the next. */
  const withSwitch = async (run: (address: string) => Promise<Metrics>): Promise<Metrics> => {
    const { cpuPort } = fabric.switches[0]!;
    const running = await RunningSwitch.start({
      deviceId,
      cpuPort,
      p4runtime: '127.0.0.1:0',
      ports: new Map(),
    });
    try {
      return await run(running.address);
    } finally {
      await running.close();
    }
  };
  const withSession = (run: (client: P4RuntimeClient) => Promise<Metrics>): Promise<Metrics> =>
    withSwitch(async (address) => {
      const client = await P4RuntimeClient.connect({ address, deviceId });
      try {
        await client.setPipeline(pipeline);
        return await run(client);
      } finally {
        client.close();
      }
    });

  return {
    contenders: [
      { name: 'batches', run: () => withSession((client) => batched(client, planned)) },
      { name: 'one by one', run: () => withSession((client) => single(client, planned.slice(0, SINGLE))) },
      {
        name: 'controller',
        run: () =>
          withSwitch(async (address) => {
            const takeOver = async () => {
              const began = performance.now();
              const attached = await attach({ fabric, pipeline, pages, address });
              await attached.close();
              return { ms: performance.now() - began, updates: attached.report.updates };
            };
            const first = await takeOver();
            const again = await takeOver();
            if (first.updates < ENTRIES || again.updates !== 0) {
              throw new Error(`took ${first.updates} updates, and ${again.updates} when nothing had changed`);
            }
            return { install: first.ms, unchanged: again.ms };
          }),
      },
    ],
    figures: [
      row('install', 'entries/s', 'batches', 'install', 'one by one', 'install'),
      row('read back', 'entries/s', 'batches', 'read', 'one by one', 'read'),
      row('remove', 'entries/s', 'batches', 'remove', 'one by one', 'remove'),
      row('take-over, nothing to change', 'ms', 'controller', 'unchanged', 'controller', 'install'),
    ],
    notes: () => [
      `one by one: the first ${SINGLE} of the same entries, a Write or Read call each`,
      'take-over: connect, arbitrate, read all back, compare, write nothing; baseline: the first take-over, with pipeline and all entries',
    ],
    close: async () => {},
  };
}

const row = (
  title: string,
  unit: string,
  subject: string,
  metric: string,
  baseline: string,
  baselineMetric: string,
) => ({
  title,
  unit,
  subject: { contender: subject, metric },
  baseline: { contender: baseline, metric: baselineMetric },
});

async function rate(count: number, run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return (count * 1000) / (performance.now() - began);
}

async function batched(client: P4RuntimeClient, planned: readonly PlannedEntry[]): Promise<Metrics> {
  const link = new P4RuntimeLink(client, client.index!);
  const change = async (type: 'insert' | 'delete'): Promise<void> => {
    const refused = await link.write(planned.map((entry) => ({ type, entry })));
    if (refused.length > 0) throw new Error(`refused: ${refused[0]!.reason}`);
  };
  const install = await rate(ENTRIES, () => change('insert'));
  let found = 0;
  const read = await rate(ENTRIES, async () => {
    found = (await link.read([TABLES.permission.name])).length;
  });
  if (found !== ENTRIES) throw new Error(`${found} entries were read back, not ${ENTRIES}`);
  return { install, read, remove: await rate(ENTRIES, () => change('delete')) };
}

async function single(client: P4RuntimeClient, planned: readonly PlannedEntry[]): Promise<Metrics> {
  const index = client.index!;
  const keyOf = ({ table, match }: PlannedEntry) => ({
    table,
    match: Object.fromEntries(
      Object.entries(match).map(([name, v]) => [
        name,
        typeof v === 'bigint' ? v : { value: v.value, prefixLength: v.prefix },
      ]),
    ),
  });
  const entityOf = (entry: PlannedEntry) =>
    tableEntry(index, { ...keyOf(entry), action: entry.action, params: entry.params });
  const install = await rate(planned.length, async () => {
    for (const entry of planned) await client.write([insert(entityOf(entry))]);
  });
  const read = await rate(planned.length, async () => {
    for (const entry of planned) {
      const found = await client.readAll([tablePattern(index, keyOf(entry))]);
      if (found.length !== 1) throw new Error(`${found.length} entries have the key of one`);
    }
  });
  const removed = await rate(planned.length, async () => {
    for (const entry of planned) await client.write([remove(entityOf(entry))]);
  });
  return { install, read, remove: removed };
}
