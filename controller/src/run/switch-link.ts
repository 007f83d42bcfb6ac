import type { Change } from '../plan/diff.js';
import type { PlannedEntry } from '../plan/entry.js';
import type { Outgoing } from '../punt/outcome.js';

/** A change that the switch refused, with its reason in words. */
export interface RefusedChange {
  readonly change: Change;
  readonly reason: string;
}

/** What the controller needs of one switch; `P4RuntimeLink` gives it over P4Runtime, tests give it in memory. */
export interface SwitchLink {
  /**
   * Apply the changes in order: deletions are acknowledged before anything is inserted.
   * @returns the changes that the switch refused; all others took effect
   * @throws if the switch did not answer, so that nothing is known of what took effect
   */
  write(changes: readonly Change[]): Promise<RefusedChange[]>;
  /** All entries of some tables, default entries and const entries left out. */
  read(tables: readonly string[]): Promise<PlannedEntry[]>;
  send(frames: readonly Outgoing[]): void;
}
