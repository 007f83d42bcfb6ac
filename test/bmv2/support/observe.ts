import type { SwitchCounters } from '@bluebridge/controller';
import { wire } from '@bluebridge/memory';
import { TABLES } from '@bluebridge/templates';
import { decodeDigest, decodeTableEntry, multicastGroup, tablePattern } from 'p4runtime-js';
import { ALICE, request } from '../../switch-program/frames.js';
import { PAGE, vectors } from '../../switch-program/vectors.js';
import { type Left, Recorder } from './recorder.js';
import type { Rig } from './rig.js';

/** All that can be seen of a switch from its ports and over P4Runtime while the same things happen to it. */
export interface Observation {
  /** By vector. */
  readonly vectors: ReadonlyMap<string, readonly Left[]>;
  /** Of `frames`, in order. */
  readonly frames: readonly (readonly Left[])[];
  /** Of packet-outs, by what was asked. */
  readonly packetOuts: ReadonlyMap<string, readonly Left[]>;
  readonly counters: SwitchCounters;
  /** Every table's entries with their direct counters, as text. */
  readonly entries: readonly string[];
  /** The multicast group of flooded frames. */
  readonly flood: readonly string[];
  /** What the digest told, each refusal once. */
  readonly refusals: readonly string[];
}

export interface SentFrame {
  readonly port: number;
  readonly frame: Uint8Array;
}

/** Let everything happen to a switch that its controller has just taken over, and say what was seen. */
export async function observe(rig: Rig, frames: readonly SentFrame[]): Promise<Observation> {
  const refusals = followRefusals(rig);
  const recorder = new Recorder(rig);
  const seen = new Map<string, Left[]>();
  for (const { name, from, frame } of vectors()) seen.set(name, await recorder.send(from.port, frame));
  const left: Left[][] = [];
  for (const { port, frame } of frames) left.push(await recorder.send(port, frame));
  const packetOuts = await sendPacketOuts(rig, recorder);
  // The lists keep their order: what was refused before this READ was told before it.
  const last = 0xbbn * PAGE;
  await recorder.send(ALICE.port, request({ pointer: last }));
  await refusals.until(`${last}`);
  return {
    vectors: seen,
    frames: left,
    packetOuts,
    counters: await rig.controller.counters(),
    entries: await entriesOf(rig),
    flood: await floodOf(rig),
    refusals: refusals.told(),
  };
}

/** To a host, to a port that is not there, to the drop port. */
const PACKET_OUT_PORTS = [1, 2, 3, 4, 100, 511];

async function sendPacketOuts(rig: Rig, recorder: Recorder): Promise<Map<string, Left[]>> {
  const seen = new Map<string, Left[]>();
  for (const port of PACKET_OUT_PORTS) {
    const frame = request({ client: 2, version: 9, tag: port, op: wire.Op.TRIM });
    const left = await recorder.watch(() => rig.client.sendPacket(frame, { egress_port: port, padding: 0 }));
    seen.set(`out of port ${port}`, left);
  }
  return seen;
}

function followRefusals(rig: Rig) {
  const told = new Set<string>();
  let wanted: { text: string; resolve: () => void } | undefined;
  rig.client.on('digest', (list) => {
    for (const message of decodeDigest(rig.client.index!, list).messages) {
      told.add(JSON.stringify(message, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)));
    }
    check();
  });
  const check = () => {
    if (wanted && [...told].some((refusal) => refusal.includes(`"${wanted?.text}"`))) wanted.resolve();
  };
  return {
    told: () => [...told].sort(),
    until: (text: string) =>
      new Promise<void>((resolve) => {
        wanted = { text, resolve };
        check();
      }),
  };
}

/** What `bluebridge` tables hold, const ones included, table by table as BMv2 tells direct counters only so. */
async function entriesOf({ client, fabric }: Rig): Promise<string[]> {
  const tables = [TABLES.sourceGuard, TABLES.routes, TABLES.permission, TABLES.stations];
  const lines: string[] = [];
  for (const { name } of tables) {
    if (name === TABLES.stations.name && !fabric.features.ordinaryTraffic) continue;
    for (const { tableEntry } of await client.readAll([
      tablePattern(client.index!, { table: name, counters: true }),
    ])) {
      if (!tableEntry || tableEntry.isDefaultAction) continue;
      lines.push(
        JSON.stringify(decodeTableEntry(client.index, tableEntry), (_key, value) =>
          typeof value === 'bigint' ? `${value}` : value,
        ),
      );
    }
  }
  return lines.sort();
}

/** Ports and instances; servers from before API 1.4 tell ports in the older field. */
async function floodOf({ client }: Rig): Promise<string[]> {
  const groups = await client.readAll([multicastGroup({ id: 1 })]);
  return groups
    .flatMap((g) => g.packetReplicationEngineEntry?.multicastGroupEntry?.replicas ?? [])
    .map(
      ({ port, egressPort, instance }) =>
        `${port ? Buffer.from(port).readUIntBE(0, port.length) : egressPort}#${instance}`,
    )
    .sort();
}
