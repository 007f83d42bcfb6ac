import type { Change } from '../plan/diff.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import type { Outgoing } from '../punt/outcome.js';
import type { RefusedChange, SwitchLink } from '../run/switch-link.js';

/** A switch in memory: tables of limited size together, and what happened in order. */
export class MemoryLink implements SwitchLink {
  readonly table = new Map<string, PlannedEntry>();
  readonly events: string[] = [];
  readonly sent: Outgoing[] = [];
  broken = false;
  constructor(public size = 100) {}

  async write(changes: readonly Change[]): Promise<RefusedChange[]> {
    if (this.broken) throw new Error('the switch is gone');
    const refused = [];
    for (const change of changes) {
      const key = entryKey(change.entry);
      if (change.type === 'insert' && this.table.size >= this.size) {
        refused.push({ change, reason: 'the table is full' });
        continue;
      }
      this.events.push(change.type);
      if (change.type === 'delete') this.table.delete(key);
      else this.table.set(key, change.entry);
    }
    return refused;
  }

  async read(): Promise<PlannedEntry[]> {
    return [...this.table.values()];
  }

  send(frames: readonly Outgoing[]): void {
    for (const frame of frames) {
      this.events.push('send');
      this.sent.push(frame);
    }
  }
}
