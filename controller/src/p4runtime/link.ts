import { COHERENT_PACKET_OUT, PACKET_IN, PACKET_OUT, PATHS_PROFILE } from '@bluebridge/templates';
import {
  actionProfileGroup,
  actionProfileMember,
  Code,
  codeName,
  insert,
  modify,
  type P4InfoIndex,
  type P4RuntimeClient,
  P4RuntimeError,
  remove,
  tablePattern,
  type UpdateFailure,
} from 'p4runtime-js';
import { isHello } from '../liveness/hello.js';
import type { Change } from '../plan/diff.js';
import type { PlannedEntry } from '../plan/entry.js';
import type { Outgoing, Punted } from '../punt/outcome.js';
import type { RefusedChange, SwitchLink } from '../run/switch-link.js';
import { entityOf, plannedGroup, plannedMember, plannedOf, rankOf } from './entries.js';

const RANKS = [0, 1, 2];
const [, , PROCESS] = COHERENT_PACKET_OUT.fields;

/** One switch, over a P4Runtime session. */
export class P4RuntimeLink implements SwitchLink {
  /** Hellos not counted. */
  framesSent = 0;
  /** Frames that could not be given to the session. */
  sendFailures = 0;

  /** @param isCoherent whether the program can take a frame of ours as a request */
  constructor(
    private readonly client: P4RuntimeClient,
    private readonly index: P4InfoIndex,
    private readonly isCoherent = false,
  ) {}

  async write(changes: readonly Change[]): Promise<RefusedChange[]> {
    const refused: RefusedChange[] = [];
    // The order inside a Write is the switch's own, so what must come first is a Write of its own.
    for (const type of ['delete', 'modify', 'insert'] as const) {
      const ranks = type === 'delete' ? RANKS.toReversed() : RANKS;
      for (const rank of ranks) {
        const some = changes.filter((c) => c.type === type && rankOf(c.entry) === rank);
        refused.push(...(await this.writeSome(some)));
      }
    }
    return refused;
  }

  private async writeSome(changes: readonly Change[]): Promise<RefusedChange[]> {
    if (changes.length === 0) return [];
    const failures = await this.attempt(changes);
    const refused: RefusedChange[] = [];
    const again: Change[] = [];
    for (const { index, code, reason } of failures) {
      const change = changes[index]!;
      // Somebody was there before us: the switch has, or has not, what we want it to have.
      if (change.type === 'delete' && code === Code.NOT_FOUND) continue;
      if (change.type === 'insert' && code === Code.ALREADY_EXISTS) again.push({ ...change, type: 'modify' });
      else if (change.type === 'modify' && code === Code.NOT_FOUND) again.push({ ...change, type: 'insert' });
      else refused.push({ change, reason: inWords(code, reason) });
    }
    for (const { index, code, reason } of again.length > 0 ? await this.attempt(again) : []) {
      refused.push({ change: again[index]!, reason: inWords(code, reason) });
    }
    return refused;
  }

  /** @returns the updates that failed; @throws P4RuntimeError when the switch gave no word on them */
  private async attempt(changes: readonly Change[]): Promise<readonly UpdateFailure[]> {
    const make = { insert, modify, delete: remove };
    try {
      await this.client.write(changes.map(({ type, entry }) => make[type](entityOf(this.index, entry))));
      return [];
    } catch (error) {
      if (error instanceof P4RuntimeError && error.details.length > 0) return error.details;
      throw error;
    }
  }

  async read(tables: readonly string[]): Promise<PlannedEntry[]> {
    const entries: PlannedEntry[] = [];
    if (tables.includes(PATHS_PROFILE)) entries.push(...(await this.readProfile()));
    const patterns = tables
      .filter((table) => table !== PATHS_PROFILE)
      .map((table) => tablePattern(this.index, { table }));
    for await (const { tableEntry } of this.client.read(patterns)) {
      if (tableEntry && !tableEntry.isDefaultAction && !tableEntry.isConst) {
        entries.push(plannedOf(this.index, tableEntry));
      }
    }
    return entries;
  }

  private async readProfile(): Promise<PlannedEntry[]> {
    const entries: PlannedEntry[] = [];
    const profile = PATHS_PROFILE;
    const patterns = [
      actionProfileMember(this.index, { profile }),
      actionProfileGroup(this.index, { profile }),
    ];
    for await (const entity of this.client.read(patterns)) {
      if (entity.actionProfileMember) entries.push(plannedMember(this.index, entity.actionProfileMember));
      if (entity.actionProfileGroup) entries.push(plannedGroup(entity.actionProfileGroup));
    }
    return entries;
  }

  send(frames: readonly Outgoing[]): void {
    const [port, padding] = PACKET_OUT.fields;
    for (const { frame, port: egress } of frames) {
      if (!isHello(frame)) this.framesSent++;
      this.packetOut(frame, { [port]: egress, [padding]: 0, ...(this.isCoherent && { [PROCESS]: 0 }) });
    }
  }

  /** Let a frame take the way of a client's request through the program, as one of the controller. */
  process(frame: Uint8Array): void {
    const [port, padding] = COHERENT_PACKET_OUT.fields;
    this.packetOut(frame, { [port]: 0, [padding]: 0, [PROCESS]: 1 });
  }

  private packetOut(frame: Uint8Array, metadata: Readonly<Record<string, number>>): void {
    this.client.sendPacket(frame, metadata).catch(() => {
      // The session is ending, which is told elsewhere; the client on the other side asks again.
      this.sendFailures++;
    });
  }

  /** @param switchName what the frames' switch is called */
  onPunted(switchName: string, handler: (punted: Punted) => void): void {
    const [port, , cause] = PACKET_IN.fields;
    this.client.on('packetIn', ({ payload, metadata }) => {
      const ingressPort = Number(metadata[port]);
      handler({ frame: payload, switch: switchName, ingressPort, cause: Number(metadata[cause]) });
    });
  }
}

/** A server that has many errors to tell leaves the text of some out, so that they fit into one answer. */
const inWords = (code: number, reason: string): string => reason || codeName(code);
