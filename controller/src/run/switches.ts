import type { ControllerObserver } from '../events.js';
import type { Change } from '../plan/diff.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import type { TableMirror } from '../plan/mirror.js';
import type { Outgoing } from '../punt/outcome.js';
import type { RefusedChange, SwitchLink } from './switch-link.js';

/** A switch that is attached: what it has acknowledged, and how to reach it. */
export interface AttachedSwitch {
  readonly name: string;
  readonly link: SwitchLink;
  readonly mirror: TableMirror;
  /** Entries that it should hold and refused, by key. */
  readonly missing: Set<string>;
  /** Set the multicast group of ordinary traffic. @throws whatever the link throws */
  readonly flood: (ports: readonly number[]) => Promise<void>;
  /** Set that of probes; only where clients keep copies. */
  readonly probeGroup?: (
    replicas: readonly { readonly port: number; readonly instance: number }[],
  ) => Promise<void>;
  /** It gave no word on a change: it is to be attached anew. */
  readonly onBroken: (error: unknown) => void;
}

/** What changes on one switch: the keys that are concerned, and what is wanted of them. */
export class Target {
  readonly keys = new Set<string>();
  readonly wanted = new Map<string, PlannedEntry>();

  remove(entries: Iterable<PlannedEntry>): void {
    for (const entry of entries) {
      const key = entryKey(entry);
      this.keys.add(key);
      this.wanted.delete(key);
    }
  }

  add(entries: Iterable<PlannedEntry>): void {
    for (const entry of entries) {
      const key = entryKey(entry);
      this.keys.add(key);
      this.wanted.set(key, entry);
    }
  }
}

/** What writing to the switches came to. */
export interface Written {
  readonly updates: number;
  /** By switch and key. */
  readonly refused: ReadonlyMap<string, RefusedChange>;
  /** Switches that gave no word. */
  readonly broken: readonly string[];
}

export const refusalKey = (name: string, key: string): string => `${name} ${key}`;

/** The switches of the fabric that are attached now. */
export class Switches {
  private readonly attached = new Map<string, AttachedSwitch>();

  constructor(private readonly observe: ControllerObserver) {}

  add(attached: AttachedSwitch): void {
    this.attached.set(attached.name, attached);
  }

  /** @param link the session that ended; a newer one stays */
  remove(name: string, link?: SwitchLink): void {
    if (!link || this.attached.get(name)?.link === link) this.attached.delete(name);
  }

  get(name: string): AttachedSwitch | undefined {
    return this.attached.get(name);
  }

  /**
   * Write what changes to every switch that is attached: on all of them what is taken away before on any something is given.
   * @param targets by name of the switch
   */
  async write(targets: ReadonlyMap<string, Target>): Promise<Written> {
    const refused = new Map<string, RefusedChange>();
    const broken: string[] = [];
    let updates = 0;
    const work = [...targets].flatMap(([name, target]) => {
      const at = this.attached.get(name);
      return at ? [{ at, changes: at.mirror.changes(target.keys, target.wanted) }] : [];
    });
    for (const giving of [false, true]) {
      const pass = async (at: AttachedSwitch, all: readonly Change[]): Promise<void> => {
        const changes = all.filter(({ type }) => (type === 'insert') === giving);
        if (changes.length === 0 || broken.includes(at.name)) return;
        try {
          updates += changes.length;
          for (const r of await this.writeTo(at, changes)) {
            refused.set(refusalKey(at.name, entryKey(r.change.entry)), r);
          }
        } catch (error) {
          broken.push(at.name);
          this.attached.delete(at.name);
          at.onBroken(error);
        }
      };
      await Promise.all(work.map(({ at, changes }) => pass(at, changes)));
    }
    return { updates, refused, broken };
  }

  /** One switch: write, and remember what it acknowledged. @throws whatever the link throws */
  async writeTo(at: AttachedSwitch, changes: readonly Change[]): Promise<RefusedChange[]> {
    const began = performance.now();
    const refused = await at.link.write(changes);
    const failed = new Set(refused.map((r) => entryKey(r.change.entry)));
    for (const change of changes) {
      const key = entryKey(change.entry);
      if (failed.has(key)) continue;
      at.mirror.commit(change);
      at.missing.delete(key);
    }
    for (const { change, reason } of refused) {
      this.observe({ type: 'refused', switch: at.name, table: change.entry.table, reason });
    }
    const ms = performance.now() - began;
    this.observe({
      type: 'written',
      switch: at.name,
      updates: changes.length,
      refused: refused.length,
      ms,
    });
    return refused;
  }

  send(frames: readonly Outgoing[]): void {
    for (const frame of frames) this.attached.get(frame.switch)?.link.send([frame]);
  }
}
