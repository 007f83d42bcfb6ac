import { COHERENCE_TABLES, FABRIC_TABLES, type Fabric, PATHS_PROFILE, TABLES } from '@bluebridge/templates';
import { ControllerError } from '../errors.js';
import type { Intent } from '../intent/intent.js';
import { diffEntries } from '../plan/diff.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import { planSwitch } from '../plan/plan.js';
import { adoptPermissions } from './adopt.js';
import type { AttachedSwitch, Switches } from './switches.js';

/** What bringing a switch to what is intended came to. */
export interface Reconciled {
  /** Entries that it should hold, and the updates that it took. */
  readonly entries: number;
  readonly updates: number;
  /** Entries that it refused. */
  readonly refused: number;
}

/** The tables that are the controller's, whole. */
export function tablesOf({ features, switches }: Fabric): string[] {
  const tables: string[] = [TABLES.permission.name, TABLES.sourceGuard.name, TABLES.routes.name];
  if (features.ordinaryTraffic) tables.push(TABLES.stations.name);
  if (switches.length > 1) {
    tables.push(PATHS_PROFILE, ...Object.values(FABRIC_TABLES).map(({ name }) => name));
  }
  if (features.coherence?.mode === 'msi') {
    tables.push(...Object.values(COHERENCE_TABLES).map(({ name }) => name));
  }
  return tables;
}

/**
 * Read a switch's tables back and write the difference to what is intended, whatever it holds.
 * @param learn whether the intent is to be learnt from the switch first, because nothing else knows it
 * @param prepare is told what the switch holds, before anything is planned
 * @throws ControllerError CONTROLLER_REFUSED for an entry without which the fabric cannot work
 */
export async function reconcile(
  intent: Intent,
  switches: Switches,
  at: AttachedSwitch,
  learn: boolean,
  prepare?: (held: readonly PlannedEntry[]) => void,
): Promise<Reconciled> {
  const actual = await at.link.read(tablesOf(intent.fabric));
  if (learn) {
    const permissions = actual.filter((e) => e.table === TABLES.permission.name);
    adoptPermissions(intent.fabric, intent.allocations, permissions);
  }
  prepare?.(actual);
  const planned = planSwitch(intent, at.name);
  at.mirror.load(actual);
  at.missing.clear();
  const changes = diffEntries(planned, actual);
  const refused = changes.length > 0 ? await switches.writeTo(at, changes) : [];
  for (const { change, reason } of refused) {
    const { table } = change.entry;
    if (table !== TABLES.permission.name) {
      throw new ControllerError(
        'CONTROLLER_REFUSED',
        `the switch ${at.name} refused an entry of ${table}: ${reason}`,
      );
    }
    at.missing.add(entryKey(change.entry));
  }
  return { entries: planned.length, updates: changes.length, refused: refused.length };
}
