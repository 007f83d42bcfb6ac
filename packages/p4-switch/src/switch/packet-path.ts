import type { Engine, Snapshot } from '../engine/engine.js';
import { PacketAborted } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import { digestInfo } from '../engine/runtime.js';
import type { Field, FieldList, LearnList } from '../ir/program.js';
import type { Digest, DigestInfo, Replica } from './control-plane.js';
import type { ReplicationEngine } from './replication.js';
import type { DropReason } from './statistics.js';

/** BMv2's PktInstanceType (simple_switch.h). */
export const INSTANCE = {
  normal: 0,
  ingressClone: 1,
  egressClone: 2,
  recirculated: 4,
  replica: 5,
  resubmitted: 6,
} as const;

export const DROP_PORT = 511;
/** Passes through ingress or egress that one frame may cause; BMv2 would go on for ever. */
const MAX_PASSES = 4096;

export interface PathEvents {
  /** The bytes are valid only during the call. */
  transmit(port: number, bytes: Uint8Array): void;
  drop(reason: DropReason): void;
  digest(digest: Digest): void;
}

interface QueuedEgress {
  readonly port: number;
  readonly fields: Snapshot;
  readonly payload: Uint8Array;
  readonly ingressLength: number;
  readonly packetLength: number;
  readonly truncate: number;
}

interface QueuedIngress {
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly instance: number;
  readonly list: FieldList | undefined;
  readonly values: readonly bigint[];
}

/**
 * v1model around the programmable blocks, as simple_switch.cpp defines it: ingress, then clone, digest, resubmit,
 * multicast or unicast, then egress, clone, deparse, recirculate or send. A plain unicast frame takes no copy and no
 * queue; all else puts snapshots of the fields into queues.
 */
export class PacketPath {
  private readonly egressQueue: QueuedEgress[] = [];
  private readonly ingressQueue: QueuedIngress[] = [];
  private passes = 0;
  private readonly fieldLists: ReadonlyMap<number, FieldList>;
  private readonly learnLists: ReadonlyMap<number, { list: LearnList; info: DigestInfo }>;

  private readonly ingressPort: Field;
  private readonly packetLength: Field;
  private readonly instanceType: Field;
  private readonly egressSpec: Field;
  private readonly egressPort: Field;
  private readonly parserError: Field | undefined;
  private readonly checksumError: Field | undefined;
  private readonly ingressTimestamp: Field | undefined;
  private readonly egressTimestamp: Field | undefined;
  private readonly multicastGroup: Field | undefined;
  private readonly egressRid: Field | undefined;
  private readonly enqueueTimestamp: Field | undefined;
  private readonly dequeueDelta: Field | undefined;
  /** Does the program read the clock? Reading it costs more than the rest of this path. */
  private readonly timed: boolean;

  constructor(
    private readonly engine: Engine,
    private readonly runtime: Runtime,
    private readonly replication: ReplicationEngine,
    private readonly events: PathEvents,
  ) {
    const { program } = runtime;
    // A field that the program never mentions need not be kept up to date.
    const optional = (name: string): Field | undefined => {
      const field = program.intrinsic.get(name);
      return field && program.mentioned.has(field) ? field : undefined;
    };
    const required = (name: string): Field => program.intrinsic.get(`standard_metadata.${name}`)!;
    this.ingressPort = required('ingress_port');
    this.packetLength = required('packet_length');
    this.instanceType = required('instance_type');
    this.egressSpec = required('egress_spec');
    this.egressPort = required('egress_port');
    this.parserError = optional('standard_metadata.parser_error');
    this.checksumError = optional('standard_metadata.checksum_error');
    this.ingressTimestamp = optional('intrinsic_metadata.ingress_global_timestamp');
    this.egressTimestamp = optional('intrinsic_metadata.egress_global_timestamp');
    this.multicastGroup = optional('intrinsic_metadata.mcast_grp');
    this.egressRid = optional('intrinsic_metadata.egress_rid');
    this.enqueueTimestamp = optional('queueing_metadata.enq_timestamp');
    this.dequeueDelta = optional('queueing_metadata.deq_timedelta');
    this.timed = [this.ingressTimestamp, this.egressTimestamp, this.enqueueTimestamp, this.dequeueDelta].some(
      (field) => field !== undefined,
    );
    this.fieldLists = new Map(program.fieldLists.map((list) => [list.id, list]));
    this.learnLists = new Map(program.learnLists.map((list) => [list.id, { list, info: digestInfo(list) }]));
  }

  /** Take one frame through, with all that it causes. Throws nothing that a program or a frame can provoke. */
  process(port: number, frame: Uint8Array): void {
    const { engine } = this;
    engine.reset();
    engine.packet.load(frame);
    engine.set(this.packetLength, engine.packet.ingressLength);
    this.passes = 1;
    try {
      this.ingress(port);
    } catch (error) {
      this.failed(error);
    }
    while (this.egressQueue.length > 0 || this.ingressQueue.length > 0) this.dequeue();
  }

  private dequeue(): void {
    const egress = this.egressQueue.shift();
    const ingress = egress ? undefined : this.ingressQueue.shift();
    if (++this.passes > MAX_PASSES) {
      this.events.drop('limit');
      return;
    }
    try {
      if (egress) this.dequeueEgress(egress);
      else if (ingress) this.dequeueIngress(ingress);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    if (error instanceof PacketAborted) {
      this.events.drop('aborted');
      return;
    }
    const text = error instanceof Error ? error.stack : String(error);
    this.runtime.environment.log(`internal error: ${text}`);
    this.events.drop('internal-error');
  }

  private now(): number {
    return this.timed ? this.runtime.environment.now() : 0;
  }

  private ingress(port: number): void {
    const { engine } = this;
    const { packet } = engine;
    const frameStart = packet.start;
    engine.set(this.ingressPort, port);
    if (this.ingressTimestamp) engine.set(this.ingressTimestamp, this.now());
    engine.parse();
    this.reportParsing();
    engine.ingress();
    packet.exit = false;

    if (packet.cloneSession >= 0) this.cloneIngress(port, frameStart);
    if (packet.digest !== 0) this.learn();
    if (packet.resubmit !== 0) {
      this.again(port, INSTANCE.resubmitted, packet.resubmit, packet.buffer.slice(frameStart, packet.end));
      return;
    }
    const group = this.multicastGroup ? engine.get(this.multicastGroup) : 0;
    if (group !== 0) {
      engine.set(this.instanceType, INSTANCE.replica);
      const replicas = this.replication.group(group) ?? [];
      if (replicas.length === 0) this.events.drop('unknown-group');
      this.replicate(replicas, packet.truncate);
      return;
    }
    const egressSpec = engine.get(this.egressSpec);
    if (egressSpec === DROP_PORT) {
      this.events.drop('ingress');
      return;
    }
    engine.set(this.instanceType, INSTANCE.normal);
    if (this.egressQueue.length > 0) {
      this.enqueue(egressSpec, packet.truncate);
      return;
    }
    if (this.enqueueTimestamp) engine.set(this.enqueueTimestamp, this.now());
    this.egress(egressSpec);
  }

  private reportParsing(): void {
    const { engine } = this;
    if (this.parserError) engine.set(this.parserError, engine.packet.parserError);
    if (this.checksumError) engine.set(this.checksumError, engine.packet.checksumError ? 1 : 0);
  }

  private egress(port: number): void {
    const { engine } = this;
    const { packet } = engine;
    const now = this.now();
    if (this.egressTimestamp) engine.set(this.egressTimestamp, now);
    if (this.dequeueDelta && this.enqueueTimestamp) {
      engine.set(this.dequeueDelta, Math.max(0, now - engine.get(this.enqueueTimestamp)));
    }
    engine.set(this.egressPort, port);
    // simple_switch marks "not dropped" with drop port + 1, which a 9-bit field truncates to 0.
    engine.set(this.egressSpec, DROP_PORT + 1);
    engine.set(this.packetLength, packet.packetLength);
    engine.egress();
    packet.exit = false;
    if (packet.cloneSession >= 0) this.cloneEgress();
    if (engine.get(this.egressSpec) === DROP_PORT) {
      this.events.drop('egress');
      return;
    }
    engine.deparse();
    if (packet.recirculate !== 0) {
      this.again(port, INSTANCE.recirculated, packet.recirculate, packet.bytes().slice());
      return;
    }
    this.events.transmit(port, packet.bytes());
  }

  /** Clones of the packet as it came, parsed anew; only the field list's metadata come along. */
  private cloneIngress(port: number, frameStart: number): void {
    const { engine } = this;
    const { packet } = engine;
    const session = this.replication.session(packet.cloneSession);
    const list = this.fieldLists.get(packet.cloneFieldList);
    packet.cloneSession = -1;
    packet.cloneFieldList = 0;
    if (!session) {
      this.events.drop('unknown-session');
      return;
    }
    const kept = { ...packet.intents(), start: packet.start, length: packet.packetLength };
    const fields = engine.snapshot();
    const values = list ? engine.save(list) : [];
    packet.start = frameStart;
    packet.packetLength = packet.ingressLength;
    packet.truncate = Number.POSITIVE_INFINITY;
    packet.clearIntents();
    engine.reset();
    engine.set(this.ingressPort, port);
    engine.parse();
    engine.resetMetadata();
    if (list) engine.restore(list, values);
    engine.set(this.instanceType, INSTANCE.ingressClone);
    this.replicate(session.replicas, session.truncate || Number.POSITIVE_INFINITY);
    engine.resume(fields);
    packet.restoreIntents(kept);
    packet.start = kept.start;
    packet.packetLength = kept.length;
  }

  /** Clones of the packet as egress left it, which go through egress again. */
  private cloneEgress(): void {
    const { engine } = this;
    const { packet } = engine;
    const session = this.replication.session(packet.cloneSession);
    const list = this.fieldLists.get(packet.cloneFieldList);
    packet.cloneSession = -1;
    packet.cloneFieldList = 0;
    if (!session) {
      this.events.drop('unknown-session');
      return;
    }
    const fields = engine.snapshot();
    const values = list ? engine.save(list) : [];
    engine.resetMetadata();
    if (list) engine.restore(list, values);
    engine.set(this.instanceType, INSTANCE.egressClone);
    this.replicate(session.replicas, session.truncate || packet.truncate);
    engine.resume(fields);
  }

  private replicate(replicas: readonly Replica[], truncate: number): void {
    for (const { port, instance } of replicas) {
      if (this.egressRid) this.engine.set(this.egressRid, instance);
      this.enqueue(port, truncate);
    }
  }

  private enqueue(port: number, truncate: number): void {
    const { engine } = this;
    const { packet } = engine;
    if (this.egressQueue.length + this.passes >= MAX_PASSES) {
      this.events.drop('limit');
      return;
    }
    if (this.enqueueTimestamp) engine.set(this.enqueueTimestamp, this.now());
    this.egressQueue.push({
      port,
      fields: engine.snapshot(),
      payload: packet.buffer.slice(packet.start, packet.end),
      ingressLength: packet.ingressLength,
      packetLength: packet.packetLength,
      truncate,
    });
  }

  private dequeueEgress(item: QueuedEgress): void {
    const { engine } = this;
    const { packet } = engine;
    packet.load(item.payload);
    packet.ingressLength = item.ingressLength;
    packet.packetLength = item.packetLength;
    packet.truncate = item.truncate;
    engine.resume(item.fields);
    this.egress(item.port);
  }

  private again(port: number, instance: number, listId: number, bytes: Uint8Array): void {
    const list = this.fieldLists.get(listId);
    const values = list ? this.engine.save(list) : [];
    this.ingressQueue.push({ port, bytes, instance, list, values });
  }

  private dequeueIngress(item: QueuedIngress): void {
    const { engine } = this;
    engine.reset();
    engine.packet.load(item.bytes);
    if (item.list) engine.restore(item.list, item.values);
    engine.set(this.instanceType, item.instance);
    engine.set(this.packetLength, engine.packet.ingressLength);
    this.ingress(item.port);
  }

  private learn(): void {
    const learned = this.learnLists.get(this.engine.packet.digest);
    this.engine.packet.digest = 0;
    if (!learned) return;
    this.events.digest({ list: learned.info, values: this.engine.sample(learned.list) });
  }
}
