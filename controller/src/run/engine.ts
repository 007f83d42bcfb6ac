import { type Withdrawal, withdrawalsOf } from '../coherence/withdrawals.js';
import type { ControllerObserver } from '../events.js';
import type { Effect } from '../intent/effect.js';
import type { Fact } from '../intent/fact.js';
import type { Intent } from '../intent/intent.js';
import { overlaps } from '../intent/ranges.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import { planFact, planFactAnywhere, planHosts } from '../plan/plan.js';
import type { PuntHandler } from '../punt/handler.js';
import type { Outcome, Outgoing, Punted, PuntResult } from '../punt/outcome.js';
import { writeGroups } from './groups.js';
import type { Journal } from './journal.js';
import { Mutex } from './mutex.js';
import { refusalKey, type Switches, Target, type Written } from './switches.js';

/** More frames than this wait for the switch: further ones are dropped, and asked again by their clients. */
const MAX_WAITING = 16_384;
/** Frames that are handled together, with one commit to the store and one Write to each switch. */
const MAX_BATCH = 256;

export type Counted = PuntResult | 'overflow' | 'undone' | 'unanswered';

export interface EngineOptions {
  readonly intent: Intent;
  readonly handler: PuntHandler;
  readonly journal: Journal;
  readonly switches: Switches;
  readonly observe: ControllerObserver;
  /** Whether this controller may change anything at this moment. */
  readonly mayWrite: () => boolean;
  /** Call in the copies of what was taken away; resolves when none may be used any more. Absent where clients keep none. */
  readonly withdraw?: (withdrawals: readonly Withdrawal[]) => Promise<void>;
}

/** What became of a change that an operator asked for. */
export interface Settled {
  readonly updates: number;
  /** Why it was taken back. */
  readonly failure?: { readonly kind: 'refused' | 'not stored' | 'deposed'; readonly reason: string };
}

/**
 * The one writer: changes of the intent are carried out one batch after the other, each first in memory, then in the store, then in the
 * switches, and only then answered. Frames that arrive while a batch is under way make the next one; operations take their turn between.
 *
 * If the store does not take a batch, what gave anything is taken back, what took something away takes effect in the switches all the same
 * (it is kept to be stored later), and nobody is told that either was done.
 */
export class Engine {
  readonly counts = new Map<Counted, number>();
  private waiting: Punted[] = [];
  private working: Promise<void> | undefined;
  private readonly mutex = new Mutex();
  /** Copies that are being called in, and when that is done. */
  private readonly withdrawals = new Map<Withdrawal, Promise<void>>();

  constructor(private readonly options: EngineOptions) {}

  push(punted: Punted): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.count('overflow');
      this.options.observe({ type: 'overflow' });
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
    await this.mutex.run(async () => {});
  }

  /** Forget what waits: its clients ask again. */
  drop(): void {
    this.waiting = [];
  }

  /** Run something that no batch may overlap. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    return this.mutex.run(run);
  }

  /** Carry out a change of the intent; what `change` throws is thrown and nothing has changed. */
  async change(change: (intent: Intent) => readonly Effect[]): Promise<Settled> {
    let effects: readonly Effect[] = [];
    const settled = await this.mutex.run(() =>
      this.carryOut((intent) => {
        effects = change(intent);
        return effects;
      }),
    );
    if (!settled.failure) await this.withdraw(withdrawalsOf(effects));
    return settled;
  }

  private async carryOut(change: (intent: Intent) => readonly Effect[]): Promise<Settled> {
    const { intent, journal, mayWrite } = this.options;
    if (!mayWrite()) {
      const reason = 'another controller leads';
      return { updates: 0, failure: { kind: 'deposed', reason } as const };
    }
    const effects = change(intent);
    journal.record(effects);
    const unstored = await journal.flush();
    if (unstored) {
      journal.record(intent.undo(effects));
      return { updates: 0, failure: { kind: 'not stored', reason: unstored.message } as const };
    }
    const written = await this.write(effects);
    const reason = this.refusalOf(effects, written);
    if (reason === undefined) return { updates: written.updates };
    const undone = intent.undo(effects);
    journal.record(undone);
    await this.write(undone);
    await journal.flush();
    return { updates: 0, failure: { kind: 'refused', reason } as const };
  }

  private async work(): Promise<void> {
    // Frames that arrive in the same turn of the event loop belong to the same batch.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      await this.mutex.run(() => this.settle(this.waiting.splice(0, MAX_BATCH)));
    }
  }

  private async settle(batch: readonly Punted[]): Promise<void> {
    const { handler, journal, mayWrite } = this.options;
    if (!mayWrite()) return;
    const outcomes = batch.map((punted) => handler.handle(punted));
    const effects = outcomes.flatMap((o) => o.effects);
    journal.record(effects);
    const unstored = await journal.flush();
    if (unstored) return this.settleUnstored(outcomes, unstored.message);
    const written = await this.write(effects);
    // A switch gave no word: nothing is answered, and it is read back when it is attached again.
    if (written.broken.length > 0) return this.unanswered(outcomes);
    const failed = new Map<Outcome, string>();
    for (const outcome of outcomes) {
      const { undo, effects } = outcome;
      const reason = undo && (this.refusalOf(effects, written) ?? this.absenceOf(effects));
      if (reason !== undefined) failed.set(outcome, reason);
    }
    const instead = await this.takeBack(failed, 'refused');
    for (const outcome of outcomes) this.answer(outcome, instead.get(outcome), failed.get(outcome));
  }

  /** The store took nothing: take back what was given, and tell nobody of what was taken away. */
  private async settleUnstored(outcomes: readonly Outcome[], reason: string): Promise<void> {
    const failed = new Map<Outcome, string>();
    for (const o of outcomes) if (o.undo && o.effects.length > 0) failed.set(o, reason);
    const kept = outcomes.filter((o) => !failed.has(o)).flatMap((o) => o.effects);
    const instead = await this.takeBack(failed, 'not stored', kept);
    const quiet: Outcome[] = [];
    for (const outcome of outcomes) {
      const claims = outcome.effects.length > 0 || outcome.what === 'repeated';
      if (claims && !failed.has(outcome)) quiet.push(outcome);
      else this.answer(outcome, instead.get(outcome), failed.get(outcome));
    }
    this.unanswered(quiet);
  }

  /** The last one first, as each may build on those before it. @param kept other effects that are still to be written */
  private async takeBack(
    failed: ReadonlyMap<Outcome, string>,
    why: 'refused' | 'not stored',
    kept: readonly Effect[] = [],
  ): Promise<Map<Outcome, readonly Outgoing[]>> {
    const instead = new Map<Outcome, readonly Outgoing[]>();
    const effects = [...kept];
    for (const outcome of [...failed.keys()].reverse()) {
      const undone = outcome.undo!(why);
      effects.push(...undone.effects);
      instead.set(outcome, undone.send);
    }
    if (effects.length === 0) return instead;
    this.options.journal.record(effects);
    await this.write(effects);
    await this.options.journal.flush();
    return instead;
  }

  private answer(outcome: Outcome, instead: readonly Outgoing[] | undefined, reason?: string): void {
    if (instead) this.options.switches.send(instead);
    else this.sendWhenWithdrawn(outcome);
    const what = instead ? 'undone' : outcome.what;
    this.count(what);
    const detail = reason === undefined ? outcome.detail : `${outcome.detail}: ${reason}`;
    this.options.observe({ type: 'punt', what, detail });
  }

  /** A repetition of a request whose copies are still being called in waits as well. */
  private sendWhenWithdrawn({ effects, withdrawn, send }: Outcome): void {
    const { switches } = this.options;
    const own = this.withdraw(withdrawalsOf(effects));
    const others = [...this.withdrawals].filter(
      ([range]) => withdrawn && range.node === withdrawn.node && overlaps(range, withdrawn),
    );
    if (own === undefined && others.length === 0) switches.send(send);
    else void Promise.all([own, ...others.map(([, done]) => done)]).then(() => switches.send(send));
  }

  private withdraw(withdrawals: readonly Withdrawal[]): Promise<void> | undefined {
    const { withdraw } = this.options;
    if (!withdraw || withdrawals.length === 0) return undefined;
    const done = withdraw(withdrawals).finally(() => {
      for (const withdrawal of withdrawals) this.withdrawals.delete(withdrawal);
    });
    for (const withdrawal of withdrawals) this.withdrawals.set(withdrawal, done);
    return done;
  }

  /**
   * Write entries of one switch that do not follow from the intent alone, in turn with everything else.
   * @param wanted what is wanted when its turn has come; an entry of `concerned` that is not in it is deleted
   * @throws Error if the switch refuses one, gives no word, or is not attached, or another controller leads
   */
  writeEntries(name: string, concerned: () => PlannedEntry[], wanted: () => PlannedEntry[]): Promise<void> {
    return this.mutex.run(async () => {
      const { switches, mayWrite } = this.options;
      if (!mayWrite()) throw new Error('another controller leads');
      if (!switches.get(name)) throw new Error(`the switch ${name} is not attached`);
      const target = new Target();
      target.remove(concerned());
      target.add(wanted());
      const { refused, broken } = await switches.write(new Map([[name, target]]));
      if (broken.length > 0) throw new Error(`the switch ${name} gave no word`);
      for (const { change, reason } of refused.values()) {
        throw new Error(`the switch ${name} refused an entry of ${change.entry.table}: ${reason}`);
      }
    });
  }

  private unanswered(outcomes: readonly Outcome[]): void {
    for (const { detail } of outcomes) {
      this.count('unanswered');
      this.options.observe({ type: 'punt', what: 'unanswered', detail });
    }
  }

  /** Bring every switch to what some changes of the intent, one after the other, come to. */
  private async write(effects: readonly Effect[]): Promise<Written> {
    const { intent, switches } = this.options;
    if (effects.length === 0) return { updates: 0, refused: new Map(), broken: [] };
    const targets = new Map<string, Target>();
    for (const { name } of intent.fabric.switches) {
      if (!switches.get(name)) continue;
      const target = new Target();
      for (const { removed, added, hosts } of effects) {
        if (hosts) {
          target.remove(planHosts(hosts.before, name, intent.routing, intent.coherence));
          target.add(planHosts(hosts.after, name, intent.routing, intent.coherence));
        }
        for (const fact of removed) target.remove(planFactAnywhere(intent, name, fact));
        for (const fact of added) target.add(planFact(intent, name, fact));
        for (const fact of [...removed, ...added]) this.follow(fact, name, target);
      }
      targets.set(name, target);
    }
    const written = await switches.write(targets);
    if (effects.some(({ hosts }) => hosts)) await this.writeGroups();
    return written;
  }

  /** A switch that gives no word on a group is to be attached anew, and gets it then. */
  private async writeGroups(): Promise<void> {
    const { intent, switches } = this.options;
    const attached = intent.fabric.switches.flatMap(({ name }) => switches.get(name) ?? []);
    await Promise.all(attached.map((at) => writeGroups(intent, at).catch((error) => at.onBroken(error))));
  }

  /** Where a range moves to another switch, the permissions of the allocations that it is part of move with it. */
  private follow(fact: Fact, name: string, target: Target): void {
    const { intent } = this.options;
    if (fact.kind !== 'move' || intent.fabric.switches.length < 2) return;
    for (const allocation of intent.allocations.overlapping(fact.node, fact)) {
      target.remove(planFactAnywhere(intent, name, allocation));
      target.add(planFact(intent, name, allocation));
    }
  }

  /** Why a switch refused an entry that these effects need, if one did. */
  private refusalOf(effects: readonly Effect[], { refused }: Written): string | undefined {
    if (refused.size === 0) return undefined;
    const { intent } = this.options;
    for (const { name } of intent.fabric.switches) {
      for (const { added, hosts } of effects) {
        const entries = added.flatMap((fact) => planFact(intent, name, fact));
        if (hosts) entries.push(...planHosts(hosts.after, name, intent.routing, intent.coherence));
        for (const entry of entries) {
          const refusal = refused.get(refusalKey(name, entryKey(entry)));
          if (refusal) return `${name} refused an entry of ${entry.table}: ${refusal.reason}`;
        }
      }
    }
    return undefined;
  }

  /**
   * Which switch that holds a part of this is not attached. An allocation of it is none yet, and a revocation least of all: the switch may run, and let in whom it let in before.
   */
  private absenceOf(effects: readonly Effect[]): string | undefined {
    const { intent, switches } = this.options;
    const absent = intent.fabric.switches.filter(({ name }) => !switches.get(name));
    if (absent.length === 0) return undefined;
    const facts = effects.flatMap(({ removed, added }) => [...removed, ...added]);
    const holds = (name: string) =>
      facts.some((fact) => fact.kind === 'allocation' && planFact(intent, name, fact).length > 0);
    const holder = absent.find(({ name }) => holds(name));
    return holder && `the switch ${holder.name} is not attached`;
  }

  private count(what: Counted): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
