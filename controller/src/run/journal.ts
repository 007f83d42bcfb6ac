import type { ControllerObserver } from '../events.js';
import type { Effect } from '../intent/effect.js';
import type { Intent } from '../intent/intent.js';
import {
  DRAINING,
  drainingKey,
  hostKey,
  hostRecord,
  keyOf,
  lifeKey,
  lifeRecord,
  recordOf,
} from '../store/records.js';
import { type Store, StoreError } from '../store/store.js';

/**
 * What the store has to learn. A change that the store does not take stays here and goes with the next one, so that what is in memory
 * and what is stored come together again by themselves once the store works.
 */
export class Journal {
  private readonly pending = new Map<string, string | undefined>();
  lastError: StoreError | undefined;

  constructor(
    private readonly store: Store,
    private readonly intent: Intent,
    private readonly observe: ControllerObserver,
  ) {}

  /** Records that the store has not taken yet. */
  get size(): number {
    return this.pending.size;
  }

  record(effects: Iterable<Effect>): void {
    for (const { removed, added, heard, hosts, draining } of effects) {
      for (const fact of removed) this.pending.set(keyOf(fact), undefined);
      for (const fact of added) this.pending.set(keyOf(fact), recordOf(fact));
      for (const node of heard ?? []) {
        const life = this.intent.allocations.life(node);
        this.pending.set(lifeKey(node), life && lifeRecord(life));
      }
      for (const name of hosts?.changed ?? []) {
        this.pending.set(hostKey(name), hostRecord(this.intent.spec, hosts!.after, name));
      }
      if (draining) {
        const now = this.intent.draining.has(draining);
        this.pending.set(drainingKey(draining), now ? DRAINING : undefined);
      }
    }
  }

  /** Put one more record. */
  put(key: string, value: string): void {
    this.pending.set(key, value);
  }

  /** @returns what went wrong, if something did; everything then stays pending */
  async flush(): Promise<StoreError | undefined> {
    if (this.pending.size === 0) return undefined;
    const changes = new Map(this.pending);
    const began = performance.now();
    try {
      await this.store.commit(changes);
    } catch (error) {
      this.lastError =
        error instanceof StoreError
          ? error
          : new StoreError('STORE_UNAVAILABLE', `the store ${this.store.name} failed: ${error}`, {
              cause: error,
            });
      const { code, message: reason } = this.lastError;
      this.observe({ type: 'store-failed', code, reason, pending: this.pending.size });
      return this.lastError;
    }
    for (const [key, value] of changes) if (this.pending.get(key) === value) this.pending.delete(key);
    this.lastError = undefined;
    this.observe({ type: 'stored', records: changes.size, ms: performance.now() - began });
    return undefined;
  }
}
