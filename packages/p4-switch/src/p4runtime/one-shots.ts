// One-shot action sets: a table entry with a group of its own (specification, "One Shot Action Selector Programming").
import {
  type ActionProfileActionSet,
  type Init,
  ActionProfileActionSetActionSelectionMode as SelectionMode,
  ActionProfileActionSetSizeSemantics as SizeSemantics,
} from 'p4runtime-js';
import { actionMessage, actionSpec } from './actions.js';
import type { BoundProfile, BoundTable } from './bindings.js';
import { invalid, unimplemented } from './errors.js';
import { memberList, type OneShot, type Ports, shareOf, sizeOf, watchMessage } from './groups.js';

/** Controllers choose 32-bit ids: what is hidden has larger ones. */
const FIRST_HIDDEN = 2 ** 32;
let lastHidden = FIRST_HIDDEN;

/** Ids of the groups and members that one-shots made. */
export const isHidden = (id: number): boolean => id >= FIRST_HIDDEN;

/**
 * Put the group and members of an action set in place.
 * @throws P4RuntimeError, P4SwitchError; nothing has changed then
 */
export function installOneShot(
  table: BoundTable,
  profile: BoundProfile,
  set: ActionProfileActionSet,
  ports: Ports,
): OneShot {
  const where = `table ${table.name}, action set`;
  checkSettings(profile, set, where);
  if (anyManual(profile)) {
    throw invalid(`${where}: ${mixed(profile)} has members or groups that were written one by one`);
  }
  const written = set.actionProfileActions.map((action, i) => {
    const what = `${where}, action ${i}`;
    if (!action.action) throw invalid(`${what}: it has no action`);
    return {
      spec: actionSpec(table, action.action, 'entry', what),
      share: shareOf(profile, ++lastHidden, action, ports, what),
    };
  });
  const shares = written.map(({ share }) => share);
  const limit = profile.info.maxGroupSize;
  if (limit > 0 && sizeOf(profile, shares) > limit) {
    throw invalid(`${where}: its size is ${sizeOf(profile, shares)}, above the ${limit} of the P4Info`);
  }
  const list = memberList(profile, shares, ports);
  const oneShot: OneShot = {
    group: ++lastHidden,
    shares,
    actions: written.map(({ spec }) => spec),
    mode: set.actionSelectionMode,
    semantics: set.sizeSemantics,
  };
  const added: number[] = [];
  try {
    for (const { spec, share } of written) {
      profile.control.addMember(share.member, spec);
      added.push(share.member);
    }
    profile.control.addGroup(oneShot.group, list);
  } catch (error) {
    for (const member of added) profile.control.removeMember(member);
    throw error;
  }
  profile.oneShots.add(oneShot);
  return oneShot;
}

/** The entry no longer points at it. */
export function removeOneShot(profile: BoundProfile, oneShot: OneShot): void {
  profile.oneShots.delete(oneShot);
  profile.control.removeGroup(oneShot.group);
  for (const { member } of oneShot.shares) profile.control.removeMember(member);
}

/** Members and groups cannot be written while entries are one-shots. @throws P4RuntimeError INVALID_ARGUMENT */
export function checkNoOneShots(profile: BoundProfile): void {
  if (profile.oneShots.size > 0) throw invalid(`${mixed(profile)} is programmed by one-shot action sets`);
}

const mixed = (profile: BoundProfile): string =>
  `action profile ${profile.name} is programmed either by action sets or by members and groups: it`;

function anyManual(profile: BoundProfile): boolean {
  for (const { id } of profile.control.members()) if (!isHidden(id)) return true;
  return profile.groups.size > 0;
}

/** Per-group settings are those of the selector: a hash, and the size semantics of the P4Info. */
function checkSettings(profile: BoundProfile, set: ActionProfileActionSet, where: string): void {
  if (!profile.control.hasSelector) {
    throw invalid(`${where}: action profile ${profile.name} has no selector; use a member`);
  }
  if (set.groupAction) throw unimplemented(`${where}: an action of the group itself is not supported`);
  const { actionSelectionMode: mode, sizeSemantics: semantics } = set;
  if (mode !== SelectionMode.DEFAULT_MODE_DETERMINED_BY_ACTION_SELECTOR && mode !== SelectionMode.HASH) {
    throw unimplemented(`${where}: members are selected by a hash (0 or 1), not by the mode ${mode}`);
  }
  const own = profile.info.sumOfMembers ? SizeSemantics.SUM_OF_MEMBERS : SizeSemantics.SUM_OF_WEIGHTS;
  if (semantics !== SizeSemantics.DEFAULT_SIZE_DETERMINED_BY_ACTION_SELECTOR && semantics !== own) {
    throw unimplemented(
      `${where}: size semantics are those of the action selector (0 or ${own}), not ${semantics}`,
    );
  }
}

/** What was written, as it is read back. */
export function actionSetMessage(table: BoundTable, oneShot: OneShot): Init<ActionProfileActionSet> {
  return {
    actionProfileActions: oneShot.shares.map((share, i) => {
      const spec = oneShot.actions[i]!;
      return {
        action: actionMessage(table.actionsByName.get(spec.action)!, spec.data),
        weight: share.weight,
        ...watchMessage(share),
      };
    }),
    actionSelectionMode: oneShot.mode,
    sizeSemantics: oneShot.semantics,
  };
}
