import { COUNTERS, FABRIC_PUNTS, type Fabric, ORDINARY, PUNTS, REASONS, TABLES } from '@bluebridge/templates';
import { counterEntry, type P4InfoIndex, type P4RuntimeClient, tablePattern } from 'p4runtime-js';

export interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** What the P4 program has counted, read over P4Runtime. Names as in docs/protocol.md. */
export interface SwitchCounters {
  /** Memory frames of known senders, by ingress port and source node: `3/0x1`. */
  readonly accepted: ReadonlyMap<string, Count>;
  /** Memory frames that were routed, by the node that they went to. */
  readonly routed: ReadonlyMap<string, Count>;
  readonly refused: ReadonlyMap<string, Count>;
  readonly punted: ReadonlyMap<string, Count>;
  readonly ordinary: ReadonlyMap<string, Count>;
}

export async function readCounters(
  client: P4RuntimeClient,
  index: P4InfoIndex,
  fabric: Fabric,
): Promise<SwitchCounters> {
  const several = fabric.switches.length > 1;
  return {
    accepted: await direct(client, index, TABLES.sourceGuard.name, (match) => {
      const [port, node] = match;
      return `${port}/0x${node?.toString(16)}`;
    }),
    routed: await direct(
      client,
      index,
      TABLES.routes.name,
      ([home]) => `0x${((home ?? 0n) >> 64n).toString(16)}`,
    ),
    refused: await indexed(client, index, COUNTERS.refused, REASONS),
    punted: await indexed(client, index, COUNTERS.punted, { ...PUNTS, ...(several ? FABRIC_PUNTS : {}) }),
    ordinary: fabric.features.ordinaryTraffic
      ? await indexed(client, index, COUNTERS.ordinary, ORDINARY)
      : new Map(),
  };
}

/** What several switches counted, together. What is counted by port says whose: `leaf1:3/0x1`. */
export function sumCounters(all: ReadonlyMap<string, SwitchCounters>): SwitchCounters {
  const sum = (of: (c: SwitchCounters) => ReadonlyMap<string, Count>): Map<string, Count> => {
    const total = new Map<string, Count>();
    for (const counters of all.values()) {
      for (const [key, { packets, bytes }] of of(counters)) {
        const before = total.get(key) ?? { packets: 0n, bytes: 0n };
        total.set(key, { packets: before.packets + packets, bytes: before.bytes + bytes });
      }
    }
    return total;
  };
  const accepted = [...all].flatMap(([name, counters]) =>
    [...counters.accepted].map(([key, count]) => [`${name}:${key}`, count] as const),
  );
  return {
    accepted: new Map(accepted),
    routed: sum((c) => c.routed),
    refused: sum((c) => c.refused),
    punted: sum((c) => c.punted),
    ordinary: sum((c) => c.ordinary),
  };
}

/** The cells of a counter by the names of their indices; NONE stands for "nothing" and is left out. */
async function indexed(
  client: P4RuntimeClient,
  index: P4InfoIndex,
  counter: string,
  names: Readonly<Record<string, number>>,
): Promise<Map<string, Count>> {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name]));
  const counts = new Map<string, Count>();
  for await (const { counterEntry: entry } of client.read([counterEntry(index, { counter })])) {
    const name = byNumber.get(Number(entry?.index?.index ?? -1n));
    if (name && name !== 'NONE') counts.set(name, countOf(entry?.data));
  }
  return counts;
}

/** Direct counters with the entry they belong to. BMv2 tells them with the entry only, not table by table. */
async function direct(
  client: P4RuntimeClient,
  index: P4InfoIndex,
  table: string,
  label: (match: readonly bigint[]) => string,
): Promise<Map<string, Count>> {
  const counts = new Map<string, Count>();
  for await (const { tableEntry: entry } of client.read([tablePattern(index, { table, counters: true })])) {
    if (!entry || entry.isDefaultAction) continue;
    const values = entry.match.map((f) =>
      BigInt(`0x${Buffer.from((f.exact ?? f.lpm)!.value).toString('hex')}`),
    );
    counts.set(label(values), countOf(entry.counterData));
  }
  return counts;
}

const countOf = (data: { packetCount: bigint; byteCount: bigint } | null | undefined): Count => ({
  packets: data?.packetCount ?? 0n,
  bytes: data?.byteCount ?? 0n,
});
