import { wire } from '@bluebridge/memory';
import {
  CLIENT_INSTANCE,
  COHERENCE_GROUP,
  COHERENT_PACKET_OUT,
  FLOOD_GROUP,
  RIGHTS,
  SERVER_INSTANCE,
} from '@bluebridge/templates';
import { insert, multicastGroup, P4RuntimeClient, tableEntry } from 'p4runtime-js';
import { type Client, CPU, HOME, OTHER_HOME } from '../../coherence/fabric.js';
import { from } from '../../coherence/messages.js';
import { GENERATION, REGION, SLOT } from '../../coherence/switch.js';
import { macOf } from '../../switch-program/frames.js';
import type { Cable } from './cables.js';
import { hex, type Left } from './recorder.js';

const MARKER_TYPE = 0x88b5; // IEEE 802 local experimental EtherType
const MARKER_TAG = 0xbb00_0000;

/** A switch with the program of a coherent fabric, which a test fills and drives over P4Runtime and its cables. */
export class CoherentRig {
  private left: Left[] = [];
  private marker = 0;
  private readonly awaited = new Map<string, () => void>();

  private constructor(
    private readonly client: P4RuntimeClient,
    private readonly clients: readonly Client[],
    private readonly cables: readonly Cable[],
  ) {
    for (const { port, host } of cables) {
      host.onFrames((frames) => {
        for (const frame of frames) this.saw(`port ${port}`, hex(frame));
      });
    }
    client.on('packetIn', ({ payload, metadata }) => {
      this.saw(...toController(Number(metadata.cause), payload));
    });
  }

  /** A session as primary; the program and what a controller would write for these clients and the home's first region. */
  static async connect(
    address: string,
    pipeline: Parameters<P4RuntimeClient['setPipeline']>[0],
    clients: readonly Client[],
    cables: readonly Cable[],
  ): Promise<CoherentRig> {
    const client = await P4RuntimeClient.connect({ address, deviceId: 1n, electionId: 1 });
    await client.setPipeline(pipeline);
    const rig = new CoherentRig(client, clients, cables);
    await rig.fill().catch((error) => {
      client.close();
      throw error;
    });
    return rig;
  }

  close(): void {
    this.client.close();
  }

  private async fill(): Promise<void> {
    const servers = [HOME, OTHER_HOME];
    const all = [...servers, ...this.clients];
    const ports = all.map(({ port }) => ({ port, instance: 1 }));
    const copies = [
      ...this.clients.map(({ port, index }) => ({ port, instance: CLIENT_INSTANCE + index })),
      ...servers.map(({ port }, i) => ({ port, instance: SERVER_INSTANCE + i })),
    ];
    // Every target here takes the older of the two fields for a port.
    const group = (id: number, replicas: typeof ports) =>
      insert(multicastGroup({ id, replicas, legacyPorts: true }));
    await this.client.write([
      group(FLOOD_GROUP, ports),
      group(COHERENCE_GROUP, copies),
      ...this.clients.flatMap(({ node, port, index, epoch }) => [
        this.entry('SwitchIngress.source_guard', [port, node], 'client', [
          1,
          index,
          1n << BigInt(index),
          epoch,
          0,
        ]),
        this.entry('SwitchEgress.replicas', [CLIENT_INSTANCE + index], 'client_replica', [
          1n << BigInt(index),
          node,
          macNumber(node),
        ]),
      ]),
      ...servers.flatMap(({ node, port }, i) => [
        this.entry('SwitchIngress.source_guard', [port, node], 'server', []),
        this.entry('SwitchEgress.replicas', [SERVER_INSTANCE + i], 'server_replica', []),
      ]),
      ...all.map(({ node, port }) =>
        this.entry('SwitchIngress.routes', [prefix(node, 16)], 'route', [port, macNumber(node)]),
      ),
      this.entry('SwitchIngress.permission', [1, HOME.node, { value: 0n, prefixLength: 44 }], 'allow', [
        RIGHTS.READ | RIGHTS.WRITE,
      ]),
      this.entry('SwitchIngress.coherence.directory', [prefix(HOME.node, 80 - REGION)], 'cached', [
        SLOT,
        GENERATION,
        REGION,
      ]),
    ]);
  }

  /** Keys and parameters in the order of the program. */
  private entry(table: string, keys: readonly Key[], action: string, data: readonly (number | bigint)[]) {
    const index = this.client.index!;
    const names = [...index.tables.get(table).keys.all];
    const scope = table.slice(0, table.lastIndexOf('.'));
    const params = [...index.actions.get(`${scope}.${action}`).params.all];
    return insert(
      tableEntry(index, {
        table,
        match: Object.fromEntries(
          keys.map((key, i) => [names[i]!.name, typeof key === 'number' ? BigInt(key) : key]),
        ),
        action: `${scope}.${action}`,
        params: Object.fromEntries(data.map((value, i) => [params[i]!.name, BigInt(value)])),
      }),
    );
  }

  /**
   * What leaves the switch for one frame, sorted. From port CPU it is a packet-out with its two bytes in front. Marker frames behind it tell when all has
   * left, as in `Recorder`.
   */
  async send(port: number, frame: Uint8Array): Promise<Left[]> {
    this.left = [];
    const [first, second] = this.clients as [Client, Client];
    if (port === CPU) {
      const [egress_port, padding, process] = COHERENT_PACKET_OUT.fields;
      const metadata = (out: number, through: number) => ({
        [egress_port]: out,
        [padding]: 0,
        [process]: through,
      });
      await this.client.sendPacket(frame.subarray(2), metadata(0, 1));
      // Packet-outs keep their order, too.
      const marker = this.nextMarker(first.port);
      const arrival = this.arrival(first.port, hex(marker));
      await this.client.sendPacket(marker, metadata(first.port, 0));
      await arrival;
    } else {
      this.wire(port).send(frame);
      await this.flood(port);
    }
    await this.askController(first);
    await this.flood(port === first.port ? second.port : first.port);
    return this.left.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  }

  private wire(port: number) {
    return this.cables.find((cable) => cable.port === port)!.host;
  }

  private nextMarker(from: number): Uint8Array {
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    frame.set(macOf(from), 6);
    new DataView(frame.buffer).setUint16(12, MARKER_TYPE);
    new DataView(frame.buffer).setUint32(14, ++this.marker);
    return frame;
  }

  /** By all other ports. */
  private async flood(from: number): Promise<void> {
    const frame = this.nextMarker(from);
    const others = this.cables.filter(({ port }) => port !== from);
    const arrivals = others.map(({ port }) => this.arrival(port, hex(frame)));
    this.wire(from).send(frame);
    await Promise.all(arrivals);
  }

  /** An ALLOC, which goes to the controller whatever the directory says. */
  private async askController(client: Client): Promise<void> {
    const tag = MARKER_TAG + ++this.marker;
    const arrival = new Promise<void>((resolve) => this.awaited.set(`controller ${tag}`, resolve));
    this.wire(client.port).send(from(client, wire.Op.ALLOC, { tag, node: 0xffff, extensions: 0 }));
    await arrival;
  }

  private arrival(port: number, what: string): Promise<void> {
    return new Promise((resolve) => this.awaited.set(`port ${port} ${what}`, resolve));
  }

  private saw(by: string, bytes: string): void {
    const frame = Buffer.from(bytes, 'hex');
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (by.startsWith('controller') && frame.length >= 86) {
      const tag = view.getUint32(66);
      if (tag > MARKER_TAG && this.settle(`controller ${tag}`)) return;
    }
    if (view.getUint16(12) === MARKER_TYPE && this.settle(`${by} ${bytes}`)) return;
    this.left.push([by, bytes]);
  }

  private settle(key: string): boolean {
    this.awaited.get(key)?.();
    return this.awaited.delete(key);
  }
}

/** Cause of a packet-in that has a directory slot in front of its frame. */
const DIRECTORY_CAUSE = 8;

/** A packet-in as two switches must agree on it: of a slot, all but when its lock runs out, which is a time of the switch's own clock. */
export function toController(cause: number, payload: Uint8Array): Left {
  const bytes = Uint8Array.from(payload);
  if (cause === DIRECTORY_CAUSE) bytes.fill(0, 12, 16);
  return [`controller: ${cause}`, hex(bytes)];
}

type Key = number | { readonly value: bigint; readonly prefixLength: number };
const prefix = (node: number, bits: number): Key => ({ value: BigInt(node) << 64n, prefixLength: bits });
const macNumber = (node: number): bigint => BigInt(`0x${hex(macOf(node))}`);
