import { type TableAction, type TableEntry, UpdateType } from 'p4runtime-js';
import type { EntryAction } from '../switch/control-plane.js';
import { actionSpec } from './actions.js';
import { type Bindings, type BoundProfile, type BoundTable, type EntryNote, find } from './bindings.js';
import { applySettings, directSettings } from './direct-resources.js';
import { denied, invalid } from './errors.js';
import type { OneShot, Ports } from './groups.js';
import { installOneShot, removeOneShot } from './one-shots.js';
import { entryKey, locate } from './select.js';

const NS_PER_MS = 1_000_000n;

/** INSERT, MODIFY or DELETE a table entry (specification, "TableEntry"). @throws P4RuntimeError, P4SwitchError */
export function writeTableEntry(bindings: Bindings, type: UpdateType, entry: TableEntry, ports: Ports): void {
  const table = find(bindings.tables, entry.tableId, 'table');
  if (entry.isConst) throw invalid(`table ${table.name}: is_const is for reading; in a write it is not set`);
  if (entry.isDefaultAction) return writeDefaultEntry(table, type, entry);
  if (table.info.isConstTable && type !== UpdateType.MODIFY) {
    throw denied(`table ${table.name} has const entries: none can be inserted or deleted`);
  }
  if (type === UpdateType.INSERT) return insert(table, entry, ports);
  if (type === UpdateType.DELETE) return remove(table, entry);
  return modify(table, entry, ports);
}

function insert(table: BoundTable, entry: TableEntry, ports: Ports): void {
  const { key, priority } = entryKey(table, entry)!;
  const settings = directSettings(table, entry);
  checkIdle(table, entry);
  if (!entry.action) throw invalid(`table ${table.name}: the entry has no action`);
  withAction(table, entry.action, ports, (action, oneShot) => {
    const handle = table.control.add({ key, priority, action, idleTimeout: idleMs(entry) });
    note(table, handle, entry, oneShot);
    applySettings(table, handle, settings);
  });
}

function remove(table: BoundTable, entry: TableEntry): void {
  const { handle } = locate(table, entry);
  table.control.remove(handle);
  const oneShot = table.notes.get(handle)?.oneShot;
  table.notes.delete(handle);
  if (oneShot) removeOneShot(table.profile!, oneShot);
}

/** Replaces all but the counter; an action that is unset stays. */
function modify(table: BoundTable, entry: TableEntry, ports: Ports): void {
  const { handle, action, isConst } = locate(table, entry);
  const settings = directSettings(table, entry);
  checkIdle(table, entry);
  if (isConst) {
    if (entry.action) throw denied(`table ${table.name}: the action of a const entry cannot be modified`);
    if (entry.idleTimeoutNs !== 0n) throw invalid(`table ${table.name}: a const entry has no idle timeout`);
    applySettings(table, handle, settings);
    return;
  }
  const before = table.notes.get(handle)?.oneShot;
  if (entry.action) {
    withAction(table, entry.action, ports, (next, oneShot) => {
      table.control.modify(handle, next, idleMs(entry));
      note(table, handle, entry, oneShot);
      if (before) removeOneShot(table.profile!, before);
    });
  } else {
    table.control.modify(handle, action, idleMs(entry));
    note(table, handle, entry, before);
  }
  applySettings(table, handle, settings);
}

/** A table's default entry can only be modified; without an action it goes back to the program's own. */
function writeDefaultEntry(table: BoundTable, type: UpdateType, entry: TableEntry): void {
  const where = `table ${table.name}`;
  if (type !== UpdateType.MODIFY) throw invalid(`${where}: a default entry can only be modified`);
  entryKey(table, entry);
  if (entry.idleTimeoutNs !== 0n || entry.timeSinceLastHit) {
    throw invalid(`${where}: a default entry has no idle timeout`);
  }
  if (table.profile) {
    throw denied(`${where}: the default entry of a table with an action profile is constant`);
  }
  if (table.info.constDefaultActionId !== 0) throw denied(`${where}: its default entry is constant`);
  const settings = directSettings(table, entry);
  if (entry.action && entry.action.type !== 'action') {
    throw invalid(`${where}: it has no action profile: its entries name their actions directly`);
  }
  const action = entry.action?.action;
  table.control.setDefault(action ? actionSpec(table, action, 'default entry', where) : undefined);
  applySettings(table, 'default', settings);
  note(table, 'default', entry, undefined);
}

/**
 * Do something with what a request's entry does. A one-shot's group is put in place first, and taken away if `use` throws.
 * @throws P4RuntimeError naming table and action, and the actions that there are
 */
function withAction(
  table: BoundTable,
  action: TableAction,
  ports: Ports,
  use: (action: EntryAction, oneShot: OneShot | undefined) => void,
): void {
  const where = `table ${table.name}`;
  switch (action.type) {
    case 'action':
      if (table.profile) {
        throw invalid(
          `${where}: its entries name members or groups of action profile ${table.profile.name}, or an action set; not an action`,
        );
      }
      return use(actionSpec(table, action.action!, 'entry', where), undefined);
    case 'actionProfileMemberId':
      checkStyle(profileOf(table), where);
      return use({ member: action.actionProfileMemberId! }, undefined);
    case 'actionProfileGroupId': {
      const profile = profileOf(table);
      checkStyle(profile, where);
      if (!profile.control.hasSelector) {
        throw invalid(`${where}: action profile ${profile.name} has no selector, so no groups; use a member`);
      }
      return use({ group: action.actionProfileGroupId! }, undefined);
    }
    case 'actionProfileActionSet': {
      const profile = profileOf(table);
      const oneShot = installOneShot(table, profile, action.actionProfileActionSet!, ports);
      try {
        return use({ group: oneShot.group }, oneShot);
      } catch (error) {
        removeOneShot(profile, oneShot);
        throw error;
      }
    }
    default:
      throw invalid(`${where}: the entry's action is empty`);
  }
}

function profileOf(table: BoundTable): BoundProfile {
  if (table.profile) return table.profile;
  throw invalid(`table ${table.name}: it has no action profile: its entries name their actions directly`);
}

function checkStyle(profile: BoundProfile, where: string): void {
  if (profile.oneShots.size === 0) return;
  throw invalid(
    `${where}: action profile ${profile.name} is programmed by one-shot action sets, so entries name no members or groups`,
  );
}

/** @throws P4RuntimeError INVALID_ARGUMENT (specification, "Idle-timeout") */
export function checkIdle(table: BoundTable, entry: TableEntry): void {
  const where = `table ${table.name}`;
  if (!table.hasIdleTimeout && (entry.idleTimeoutNs !== 0n || entry.timeSinceLastHit)) {
    throw invalid(`${where}: its entries have no idle timeouts (the program does not declare them)`);
  }
  if (entry.idleTimeoutNs < 0n) {
    throw invalid(`${where}: an idle timeout is 0 or more nanoseconds, not ${entry.idleTimeoutNs}`);
  }
  if (entry.timeSinceLastHit)
    throw invalid(`${where}: time_since_last_hit is for reading; in a write it is not set`);
}

/** The data plane counts milliseconds, and 0 is never: what is shorter than one is one. */
const idleMs = ({ idleTimeoutNs }: TableEntry): number =>
  Number((idleTimeoutNs + NS_PER_MS - 1n) / NS_PER_MS);

function note(
  table: BoundTable,
  handle: number | 'default',
  entry: TableEntry,
  oneShot: OneShot | undefined,
): void {
  const { metadata, controllerMetadata, idleTimeoutNs } = entry;
  if (metadata.length === 0 && controllerMetadata === 0n && idleTimeoutNs === 0n && !oneShot) {
    table.notes.delete(handle);
    return;
  }
  // Decoded bytes are views of the whole request, which would be kept alive.
  const value: EntryNote = {
    metadata: Uint8Array.from(metadata),
    controllerMetadata,
    idleTimeoutNs,
    oneShot,
    toldIdleAt: undefined,
  };
  table.notes.set(handle, value);
}
