import type { Effect } from '../intent/allocations.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import type { TableMirror } from '../plan/mirror.js';
import { planPermissions } from '../plan/plan.js';
import type { PuntHandler } from '../punt/handler.js';
import type { Outcome, Punted, PuntResult } from '../punt/outcome.js';
import type { RefusedChange, SwitchLink } from './switch-link.js';

/** More frames than this wait for the switch: further ones are dropped, and asked again by their clients. */
const MAX_WAITING = 16_384;
/** Frames that are handled together, with one Write to the switch. */
const MAX_BATCH = 256;

export type PuntObserver = (outcome: Outcome) => void;

/**
 * Takes punted frames, batch by batch: changes the intent, writes the entries that follow, and lets the answers go once the switch has
 * acknowledged them. What arrives while a Write is under way makes the next batch.
 */
export class PuntLoop {
  readonly counts = new Map<PuntResult | 'overflow' | 'undone', number>();
  private waiting: Punted[] = [];
  private working: Promise<void> | undefined;

  constructor(
    private readonly handler: PuntHandler,
    private readonly mirror: TableMirror,
    private readonly link: SwitchLink,
    private readonly observe: PuntObserver,
    /** The link broke in the middle of a batch: what the switch holds is unknown until it was read back. */
    private readonly onBroken: (error: unknown) => void,
  ) {}

  push(punted: Punted): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.count('overflow');
      return;
    }
    this.waiting.push(punted);
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.working) await this.working;
  }

  private async work(): Promise<void> {
    // Frames that arrive in the same turn of the event loop belong to the same batch.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      try {
        await this.settle(batch);
      } catch (error) {
        this.waiting = [];
        this.onBroken(error);
        return;
      }
    }
  }

  private async settle(batch: readonly Punted[]): Promise<void> {
    const outcomes = batch.map((punted) => this.handler.handle(punted));
    const refused = await this.apply(outcomes.flatMap((o) => o.effects));
    for (const outcome of outcomes) {
      const reason = refusalOf(outcome, refused);
      if (reason === undefined || !outcome.undo) {
        this.link.send(outcome.send);
        this.count(outcome.what);
        this.observe(outcome);
        continue;
      }
      const undone = outcome.undo(reason);
      await this.apply(undone.effects);
      this.link.send(undone.send);
      this.count('undone');
      this.observe({ ...outcome, what: 'refused', detail: `${outcome.detail}: ${reason}` });
    }
  }

  /** Bring the permission table to what some changes of the intent, one after the other, come to. */
  private async apply(effects: readonly Effect[]): Promise<Map<string, RefusedChange>> {
    const keys = new Set<string>();
    const wanted = new Map<string, PlannedEntry>();
    for (const { removed, added } of effects) {
      for (const entry of planPermissions(removed)) {
        keys.add(entryKey(entry));
        wanted.delete(entryKey(entry));
      }
      for (const entry of planPermissions(added)) {
        keys.add(entryKey(entry));
        wanted.set(entryKey(entry), entry);
      }
    }
    const changes = this.mirror.changes(keys, wanted);
    if (changes.length === 0) return new Map();
    const refused = new Map((await this.link.write(changes)).map((r) => [entryKey(r.change.entry), r]));
    for (const change of changes) if (!refused.has(entryKey(change.entry))) this.mirror.commit(change);
    return refused;
  }

  private count(what: PuntResult | 'overflow' | 'undone'): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

/** Why the switch refused an entry that this outcome needs, if it did. */
function refusalOf(outcome: Outcome, refused: ReadonlyMap<string, RefusedChange>): string | undefined {
  if (refused.size === 0) return undefined;
  for (const entry of planPermissions(outcome.effects.flatMap((e) => e.added))) {
    const refusal = refused.get(entryKey(entry));
    if (refusal) return refusal.reason;
  }
  return undefined;
}
