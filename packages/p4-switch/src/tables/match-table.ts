import { P4SwitchError } from '../errors.js';
import { Meter } from '../externs/meter.js';
import type { TableDecl } from '../ir/program.js';
import type {
  ActionInfo,
  ColorCounts,
  CounterValue,
  DefaultEntryView,
  EntryAction,
  EntrySpec,
  EntryView,
  MatchValue,
  MeterConfig,
  TableControl,
  TableInfo,
} from '../switch/control-plane.js';
import { bindAction, specOf } from './action-binding.js';
import type { ActionProfile } from './action-profile.js';
import { BoundAction, DirectResources, Group, Member, TableEntry, type Target } from './entry.js';
import { identityOf, normaliseKey, usesPriority } from './match-key.js';
import { PrefixTrie } from './prefix-trie.js';
import { TupleSpace } from './tuple-space.js';

/** One table's entries, its default entry, and the index that generated code looks keys up in. */
export class MatchTable implements TableControl {
  readonly info: TableInfo;
  readonly index: TupleSpace | PrefixTrie;
  readonly byHandle = new Map<number, TableEntry>();
  /** Runs on a miss; undefined: nothing does. */
  defaultTarget: Target | undefined;
  readonly defaultResources = new DirectResources();
  private readonly byIdentity = new Map<string, TableEntry>();
  private readonly initialDefault: BoundAction | undefined;
  private nextHandle = 1;

  constructor(
    readonly decl: TableDecl,
    readonly profile: ActionProfile | undefined,
    /** Microseconds. */
    private readonly now: () => number,
  ) {
    this.index = decl.match === 'lpm' ? new PrefixTrie(decl.key) : new TupleSpace(decl.match, decl.key);
    this.info = describeTable(decl);
    if (decl.meter) this.defaultResources.meter = new Meter();
    this.initialDefault =
      decl.defaultAction && new BoundAction(decl.defaultAction.action, decl.defaultAction.data);
    this.defaultTarget = this.initialDefault;
    const lowest = (decl.constEntries ?? []).reduce((most, entry) => Math.max(most, entry.jsonPriority), 0);
    for (const entry of decl.constEntries ?? []) {
      // In the JSON the lower number wins; here, as in P4Runtime, the larger one does, and 1 is the least.
      const priority = usesPriority(decl) ? lowest - entry.jsonPriority + 1 : 0;
      this.insert(
        normaliseKey(decl, entry.key),
        priority,
        new BoundAction(entry.call.action, entry.call.data),
        true,
      );
    }
  }

  get entryCount(): number {
    return this.byHandle.size;
  }

  add(spec: EntrySpec): number {
    if (this.decl.constEntries) throw this.immutable('its entries');
    if (this.decl.key.length === 0) {
      throw new P4SwitchError('BAD_MATCH_KEY', `table "${this.decl.name}" has no key and takes no entries`);
    }
    const key = normaliseKey(this.decl, spec.key);
    const priority = this.checkPriority(spec.priority);
    const target = this.bind(spec.action);
    if (this.byIdentity.has(identityOf(this.decl, key, priority))) {
      throw new P4SwitchError(
        'ALREADY_EXISTS',
        `table "${this.decl.name}" has an entry with this key already`,
      );
    }
    if (this.byHandle.size >= this.decl.size) {
      throw new P4SwitchError('TABLE_FULL', `table "${this.decl.name}" is full (${this.decl.size} entries)`);
    }
    const entry = this.insert(key, priority, target, false);
    entry.idleTimeout = spec.idleTimeout ?? 0;
    entry.lastHit = this.now();
    return entry.handle;
  }

  find(key: readonly MatchValue[], priority?: number): EntryView | undefined {
    const identity = identityOf(this.decl, normaliseKey(this.decl, key), this.checkPriority(priority));
    const entry = this.byIdentity.get(identity);
    return entry && this.view(entry);
  }

  get(handle: number): EntryView | undefined {
    const entry = this.byHandle.get(handle);
    return entry && this.view(entry);
  }

  modify(handle: number, action: EntryAction, idleTimeout?: number): void {
    const entry = this.mutableEntry(handle);
    const target = this.bind(action);
    retain(target, 1);
    retain(entry.target, -1);
    entry.target = target;
    if (idleTimeout !== undefined) entry.idleTimeout = idleTimeout;
    entry.lastHit = this.now();
  }

  remove(handle: number): void {
    const entry = this.mutableEntry(handle);
    this.byHandle.delete(handle);
    this.byIdentity.delete(identityOf(this.decl, entry.key, entry.priority));
    this.index.remove(entry);
    retain(entry.target, -1);
  }

  clear(): void {
    for (const entry of [...this.byHandle.values()]) if (!entry.isConst) this.remove(entry.handle);
  }

  *entries(): IterableIterator<EntryView> {
    for (const entry of this.byHandle.values()) yield this.view(entry);
  }

  get defaultEntry(): DefaultEntryView | undefined {
    if (!this.defaultTarget) return undefined;
    return {
      action: actionOf(this.defaultTarget),
      counter: this.decl.withCounters ? this.defaultResources.counter : undefined,
      meter: this.defaultResources.meterConfig,
      colors: this.defaultResources.meter?.colors.read(),
      isInitial: this.defaultTarget === this.initialDefault,
    };
  }

  setDefault(action: EntryAction | undefined): void {
    if (this.decl.constDefaultEntry) throw this.immutable('its default entry');
    const target = action === undefined ? this.initialDefault : this.bind(action);
    if (this.decl.constDefaultAction && target instanceof BoundAction) {
      if (target.action !== this.initialDefault?.action) throw this.immutable('its default action');
    }
    if (target) retain(target, 1);
    if (this.defaultTarget) retain(this.defaultTarget, -1);
    this.defaultTarget = target;
  }

  setCounter(handle: number | 'default', value: CounterValue): void {
    if (!this.decl.withCounters) {
      throw new P4SwitchError('BAD_ARGUMENT', `table "${this.decl.name}" has no direct counter`);
    }
    this.resources(handle).setCounter(value);
  }

  setMeter(handle: number | 'default', config: MeterConfig | undefined): void {
    this.meterOf(handle).configure(config, this.now());
  }

  setColors(handle: number | 'default', counts: Partial<ColorCounts>): void {
    this.meterOf(handle).colors.write(counts);
  }

  idleEntries(): EntryView[] {
    const now = this.now();
    return [...this.byHandle.values()]
      .filter((entry) => entry.idleTimeout > 0 && now - entry.lastHit >= entry.idleTimeout * 1000)
      .map((entry) => this.view(entry));
  }

  private meterOf(handle: number | 'default'): Meter {
    const { meter } = this.resources(handle);
    if (meter) return meter;
    throw new P4SwitchError('BAD_ARGUMENT', `table "${this.decl.name}" has no direct meter`);
  }

  private insert(
    key: ReturnType<typeof normaliseKey>,
    priority: number,
    target: Target,
    isConst: boolean,
  ): TableEntry {
    const entry = new TableEntry(this.nextHandle++, key, priority, target, isConst);
    if (this.decl.meter) entry.meter = new Meter();
    const identity = identityOf(this.decl, key, priority);
    if (this.byIdentity.has(identity)) {
      throw new P4SwitchError('BAD_PIPELINE', `table "${this.decl.name}" has two const entries with one key`);
    }
    this.byHandle.set(entry.handle, entry);
    this.byIdentity.set(identity, entry);
    this.index.add(entry);
    retain(target, 1);
    return entry;
  }

  private bind(action: EntryAction): Target {
    if ('action' in action) {
      if (this.profile) {
        throw new P4SwitchError(
          'BAD_ACTION',
          `table "${this.decl.name}" takes members or groups of "${this.profile.name}", not actions`,
        );
      }
      return bindAction(`table "${this.decl.name}"`, this.decl.actions, action);
    }
    if (!this.profile) {
      throw new P4SwitchError(
        'BAD_ACTION',
        `table "${this.decl.name}" takes actions; it has no action profile`,
      );
    }
    return 'member' in action ? this.profile.member(action.member) : this.profile.group(action.group);
  }

  private checkPriority(priority: number | undefined): number {
    if (!usesPriority(this.decl)) {
      if (!priority) return 0;
      throw new P4SwitchError(
        'BAD_MATCH_KEY',
        `table "${this.decl.name}" is ${this.decl.match}: no priority`,
      );
    }
    if (priority === undefined || !Number.isInteger(priority) || priority < 0 || priority > 0x7fffffff) {
      throw new P4SwitchError(
        'BAD_MATCH_KEY',
        `table "${this.decl.name}" is ${this.decl.match}: an entry needs a priority of 0 to 2147483647, found ${priority}`,
      );
    }
    return priority;
  }

  private mutableEntry(handle: number): TableEntry {
    const entry = this.entry(handle);
    if (entry.isConst) throw this.immutable('its entries');
    return entry;
  }

  private entry(handle: number): TableEntry {
    const entry = this.byHandle.get(handle);
    if (!entry) throw new P4SwitchError('NOT_FOUND', `table "${this.decl.name}" has no entry ${handle}`);
    return entry;
  }

  private resources(handle: number | 'default'): DirectResources {
    return handle === 'default' ? this.defaultResources : this.entry(handle);
  }

  private immutable(what: string): P4SwitchError {
    return new P4SwitchError('IMMUTABLE', `table "${this.decl.name}" declares ${what} const`);
  }

  private view(entry: TableEntry): EntryView {
    return {
      handle: entry.handle,
      key: entry.key,
      priority: entry.priority,
      action: actionOf(entry.target),
      isConst: entry.isConst,
      idleTimeout: entry.idleTimeout,
      idleFor: Math.max(0, Math.floor((this.now() - entry.lastHit) / 1000)),
      counter: this.decl.withCounters ? entry.counter : undefined,
      meter: entry.meterConfig,
      colors: entry.meter?.colors.read(),
    };
  }
}

function retain(target: Target, by: 1 | -1): void {
  if (target instanceof Member || target instanceof Group) target.uses += by;
}

function actionOf(target: Target): EntryAction {
  if (target instanceof Member) return { member: target.id };
  if (target instanceof Group) return { group: target.id };
  return specOf(target);
}

function describeTable(decl: TableDecl): TableInfo {
  return {
    name: decl.name,
    match: decl.match,
    key: decl.key.map(({ name, match, width }) => ({ name, match, width })),
    actions: decl.actions.map((action): ActionInfo => ({ name: action.name, params: action.params })),
    size: decl.size,
    profile: decl.profile?.name,
    hasCounter: decl.withCounters,
    hasMeter: decl.meter !== undefined,
    hasIdleTimeout: decl.withTimeout,
    hasConstEntries: decl.constEntries !== undefined,
    constDefaultAction: decl.constDefaultAction,
  };
}
