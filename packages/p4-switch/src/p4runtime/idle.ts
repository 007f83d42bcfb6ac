import type { IdleTimeoutNotification, Init, TableEntry } from 'p4runtime-js';
import type { Bindings, BoundTable } from './bindings.js';
import { matchFromKey } from './match.js';
import { noted } from './read-tables.js';
import type { Timers } from './timers.js';

const NS_PER_MS = 1_000_000n;
/** Shorter timeouts are told at this pace (specification, "Idle-timeout": the smallest value that is supported). */
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 3_600_000;
/** Entries in one notification, so that messages stay below what clients take. */
const MAX_ENTRIES = 1000;

/**
 * Tells the controller which entries were not hit for their idle timeout (specification, "Table Idle Timeout
 * Notification"), and again after every further timeout without a hit. It looks when the next entry can become idle.
 */
export class IdleWatch {
  private cancel: (() => void) | undefined;
  /** When the next look is due; nanoseconds. */
  private due = 0n;

  constructor(
    private readonly bindings: Bindings,
    private readonly timers: Timers,
    private readonly send: (notification: Init<IdleTimeoutNotification>) => number,
  ) {}

  /** An entry was written: it may become idle before the others. */
  expect({ idleTimeoutNs, tableId }: Pick<TableEntry, 'idleTimeoutNs' | 'tableId'>): void {
    if (idleTimeoutNs > 0n && this.bindings.tables.get(tableId)?.hasIdleTimeout) this.lookIn(idleTimeoutNs);
  }

  close(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private lookIn(wait: bigint): void {
    const ms = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, Number(wait / NS_PER_MS) + 1));
    const due = this.timers.now() + BigInt(ms) * NS_PER_MS;
    if (this.cancel && this.due <= due) return;
    this.cancel?.();
    this.due = due;
    this.cancel = this.timers.after(ms, () => this.look());
  }

  private look(): void {
    this.cancel = undefined;
    let next: bigint | undefined;
    for (const table of this.bindings.tables.values()) {
      if (!table.hasIdleTimeout) continue;
      const wait = this.lookAt(table);
      if (wait !== undefined && (next === undefined || wait < next)) next = wait;
    }
    if (next !== undefined) this.lookIn(next);
  }

  /** @returns nanoseconds until the next entry can be idle */
  private lookAt(table: BoundTable): bigint | undefined {
    const now = this.timers.now();
    let next: bigint | undefined;
    let idle: Init<TableEntry>[] = [];
    for (const [handle, note] of table.notes) {
      const timeout = note.idleTimeoutNs;
      const view = timeout > 0n && handle !== 'default' ? table.control.get(handle) : undefined;
      if (!view) continue;
      const sinceHit = BigInt(Math.round(view.idleFor)) * NS_PER_MS;
      const sinceTold = note.toldIdleAt === undefined ? sinceHit : now - note.toldIdleAt;
      let wait = timeout - (sinceHit < sinceTold ? sinceHit : sinceTold);
      if (wait <= 0n) {
        note.toldIdleAt = now;
        wait = timeout;
        const key = { tableId: table.id, match: matchFromKey(table, view.key) };
        idle.push({ ...key, priority: table.needsPriority ? view.priority : 0, ...noted(note) });
        if (idle.length === MAX_ENTRIES) {
          this.send({ tableEntry: idle, timestamp: now });
          idle = [];
        }
      }
      if (next === undefined || wait < next) next = wait;
    }
    if (idle.length > 0) this.send({ tableEntry: idle, timestamp: now });
    return next;
  }
}
