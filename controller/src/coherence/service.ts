import { wire } from '@bluebridge/memory';
import { type ClientSpec, COHERENCE_PUNTS, type Coherence, type Fabric } from '@bluebridge/templates';
import type { Logger } from 'pino';
import type { Intent } from '../intent/intent.js';
import type { CoherencePlan } from '../plan/coherence.js';
import type { PlannedEntry } from '../plan/entry.js';
import type { Outgoing, Punted } from '../punt/outcome.js';
import { heldCoherence } from './adopt.js';
import { Coordinator, type CoordinatorTimers } from './coordinator.js';
import type { HeatPolicy } from './heat.js';
import { type CoherenceLedger, forgetful, type Remembered } from './ledger.js';
import { PipelineChannel } from './pipeline-channel.js';
import { Regions } from './regions.js';
import { answerSession } from './session-frames.js';
import { type Session, Sessions } from './sessions.js';
import { type EntryWriter, SwitchPort } from './switch-port.js';
import type { Withdrawal } from './withdrawals.js';

export interface CoherenceOptions {
  readonly intent: Intent;
  readonly coherence: Coherence;
  readonly writer: EntryWriter;
  readonly send: (frame: Outgoing) => void;
  readonly timers: CoordinatorTimers;
  readonly ledger?: CoherenceLedger;
  /** What an earlier life of the controller wrote down. */
  readonly remembered?: Remembered;
  /** Nobody has used this fabric before: nothing has to be waited for. */
  readonly isNew: boolean;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** What of a session's switch the service needs: to send a frame through its pipeline. */
export interface PipelineAccess {
  readonly process: (frame: Uint8Array) => void;
}

/** Milliseconds between two rounds of reading heat. */
const HEAT_INTERVAL = 1000;
/** Requests of one client that may be under way at once: it asks again. */
const MAX_OPEN = 4;

/**
 * Coherence in the controller: what clients ask of it, what the switch tells it, and the coordinator between them. One switch holds the directory.
 */
export class CoherenceService {
  readonly coordinator: Coordinator;
  readonly plan: CoherencePlan;
  readonly #options: CoherenceOptions;
  readonly #sessions: Sessions;
  readonly #regions: Regions;
  readonly #open = new Map<number, number>();
  #channel: PipelineChannel | undefined;
  #knows: boolean;

  constructor(options: CoherenceOptions) {
    this.#options = options;
    const { intent, coherence, timers, log, ledger = forgetful, remembered, isNew } = options;
    const { lease } = coherence;
    this.#knows = isNew && remembered === undefined;
    this.#sessions = new Sessions({
      nodes: intent.fabric.clients.map(({ node }) => node),
      lease,
      margin: marginOf(lease),
      lastEpoch: remembered?.lastEpoch ?? 0,
    });
    for (const { node, incarnation, joins } of remembered?.joins ?? []) {
      this.#sessions.remember(node, incarnation, joins);
    }
    this.#regions = new Regions(coherence.slots, remembered?.lastGeneration ?? 0);
    this.coordinator = new Coordinator({
      sessions: this.#sessions,
      regions: this.#regions,
      policy: policyOf(coherence),
      initialBits: log2(coherence.regions.initial),
      servers: () => intent.fabric.servers.map(({ node }) => node),
      allocationOf: (node, pointer) => intent.allocations.find(node, { start: pointer, end: pointer + 1n }),
      patience: lease,
      heatInterval: HEAT_INTERVAL,
      timers,
      ledger,
      log,
    });
    const { coordinator } = this;
    const sessions = this.#sessions;
    this.plan = {
      sessionOf: (node) => sessions.get(node),
      plannedRegions: () => coordinator.plannedRegions(),
      get plannedUncached() {
        return coordinator.plannedUncached;
      },
      follow: (fabric) => this.#follow(fabric),
    };
    intent.coherence = this.plan;
  }

  /**
   * What a switch holds was read back, and it is to be made what is planned: take over what it knows, or begin anew if it knows nothing.
   * @param isFresh whether this controller has not had this switch before
   */
  prepare(entries: readonly PlannedEntry[], isFresh: boolean): void {
    const { intent, timers, log } = this.#options;
    const held = heldCoherence(intent.fabric, entries);
    if (isFresh) {
      for (const { node, index, epoch, writebackEpoch } of held.guards) {
        this.#sessions.adopt(node, index, epoch, writebackEpoch, timers.now());
      }
    }
    const isEmpty = held.uncached.size === 0 && held.regions.length === 0;
    if (isEmpty) {
      if (!this.coordinator.isOpen && !isFresh) return;
      this.coordinator.reset(!isFresh || this.#knows || held.guards.length > 0);
    } else if (isFresh) {
      for (const region of held.regions) {
        if (!this.#regions.adopt(region)) log.warn({ region: regionText(region) }, 'a region is left out');
      }
      this.coordinator.adopt(held.uncached);
    }
    this.#knows = true;
  }

  /** The switch holds what is planned. */
  async start({ process }: PipelineAccess): Promise<void> {
    const { intent, writer, timers } = this.#options;
    const { prefix, udpPort, pageSize, switches } = intent.fabric;
    const channel = new PipelineChannel({
      prefix,
      port: udpPort,
      pageSize,
      switchMac: wire.macBytes(switches[0]!.mac),
      send: process,
      timers,
    });
    this.#channel = channel;
    await this.coordinator.start(new SwitchPort(channel, writer, intent));
  }

  /** The switch is gone. */
  stop(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.coordinator.stop();
  }

  /** A frame that the program sent up. @returns whether it was about coherence */
  punted(punted: Punted): boolean {
    switch (punted.cause) {
      case COHERENCE_PUNTS.DIRECTORY:
        this.#channel?.directoryAnswer(punted.frame);
        return true;
      case COHERENCE_PUNTS.RECALL:
        this.#channel?.recallProgress(punted.frame);
        return true;
      case COHERENCE_PUNTS.SESSION:
        void this.#session(punted);
        return true;
      default:
        return false;
    }
  }

  /** A client wanted a copy of a page that has no slot. */
  missed(node: number, pointer: bigint): void {
    void this.coordinator.missed(node, pointer);
  }

  /** Resolves when no copy of what was taken away may be used any more. */
  async withdraw(withdrawals: readonly Withdrawal[]): Promise<void> {
    await Promise.all(
      withdrawals.map(({ node, remove, ...range }) => this.coordinator.withdraw(node, range, { remove })),
    );
  }

  #follow(fabric: Fabric): void {
    this.#sessions.follow(fabric.clients.map(({ node }) => node));
    void this.coordinator.tick();
  }

  async #session(punted: Punted): Promise<void> {
    const { intent, coherence, send, log } = this.#options;
    const { fabric } = intent;
    const message = new wire.Message();
    if (wire.decodeFrame(punted.frame, message, { prefix: fabric.prefix, port: fabric.udpPort })) return;
    const client = intent.client(message.client);
    const isOwn = client?.switch === punted.switch && client.port === punted.ingressPort;
    if (!client || !isOwn || message.kind !== wire.Kind.REQUEST) return;
    const open = this.#open.get(client.node) ?? 0;
    if (open >= MAX_OPEN) return;
    this.#open.set(client.node, open + 1);
    try {
      const answer =
        message.op === wire.Op.COMPLAIN && !this.#mayComplain(client, message)
          ? new wire.Message().refuse(message, wire.Reason.NO_PERMISSION)
          : await answerSession(this.coordinator, message, coherence.lease);
      if (answer) send(this.#frameTo(client, answer));
    } catch (error) {
      log.warn({ err: error, client: client.name }, 'a client is not answered');
    } finally {
      this.#open.set(client.node, this.#open.get(client.node)! - 1);
    }
  }

  /** A recall costs those who have copies: only who may use the page may ask for it. */
  #mayComplain({ domain }: ClientSpec, { node, pointer }: wire.Message): boolean {
    const range = { start: pointer, end: pointer + 1n };
    const allocation = this.#options.intent.allocations.find(node, range);
    if (!allocation) return false;
    const shares = allocation.shares.get(domain) ?? [];
    return allocation.owner === domain || shares.some(({ start, end }) => start <= pointer && pointer < end);
  }

  #frameTo(client: ClientSpec, message: wire.Message): Outgoing {
    const { fabric } = this.#options.intent;
    const { mac } = fabric.switches.find(({ name }) => name === client.switch) ?? fabric.switches[0]!;
    const [to, from] = [wire.macBytes(client.mac), wire.macBytes(mac)];
    const frame = wire.encodeFrame(message, to, from, undefined, fabric.udpPort);
    return { switch: client.switch, port: client.port, frame };
  }
}

/** Clocks do not run equally fast, and an answer takes a while. */
const marginOf = (lease: number): number => Math.max(20, Math.ceil(lease / 10));

/** Share of the slots that is kept free for pages that are not cached yet. */
const SPARE = 1 / 16;

function policyOf({ slots, regions }: Coherence): HeatPolicy {
  const initial = log2(regions.initial);
  return {
    smallest: log2(regions.smallest),
    largest: initial + 6,
    hotAccesses: 32,
    hotShare: 0.25,
    coldAccesses: 4,
    changes: Math.max(1, Math.floor(slots / 64)),
    spareSlots: Math.max(1, Math.floor(slots * SPARE)),
  };
}

const log2 = (bytes: number): number => Math.ceil(Math.log2(bytes));

const regionText = ({
  node,
  start,
  bits,
  slot,
}: {
  node: number;
  start: bigint;
  bits: number;
  slot: number;
}) => `${node.toString(16)}:${start.toString(16)}, 2^${bits} bytes, slot ${slot}`;

export type { Session };
