import {
  type ActionProfileGroup,
  type ActionProfileMember,
  type Entity,
  type Init,
  UpdateType,
} from 'p4runtime-js';
import { actionMessage, actionSpec } from './actions.js';
import { type Bindings, type BoundProfile, chosen, find } from './bindings.js';
import { failedPrecondition, invalid, notFound } from './errors.js';
import { checkGroupSize, groupMember, memberList, type Ports, shareOf } from './groups.js';
import { checkNoOneShots, isHidden } from './one-shots.js';

/** @throws P4RuntimeError (specification, "Member Programming") */
export function writeMember(bindings: Bindings, type: UpdateType, member: ActionProfileMember): void {
  const profile = find(bindings.profiles, member.actionProfileId, 'action profile');
  const { control } = profile;
  const id = member.memberId;
  const what = `action profile ${profile.name}, member ${id}`;
  if (type === UpdateType.DELETE) {
    for (const [group, { shares }] of profile.groups) {
      if (shares.some((share) => share.member === id)) {
        throw failedPrecondition(`${what}: it is part of the group ${group}; take it out of there first`);
      }
    }
    control.removeMember(id);
    return;
  }
  checkNoOneShots(profile);
  if (id === 0) throw invalid(`action profile ${profile.name}: a member's id is never 0`);
  if (!member.action) throw invalid(`${what}: it has no action`);
  const { actions } = profile;
  const owner = { actions, entryActions: actions, defaultActions: actions };
  const action = actionSpec(owner, member.action, 'entry', what);
  if (type === UpdateType.INSERT) control.addMember(id, action);
  else control.modifyMember(id, action);
}

/** @throws P4RuntimeError (specification, "Group Programming") */
export function writeGroup(
  bindings: Bindings,
  type: UpdateType,
  group: ActionProfileGroup,
  ports: Ports,
): void {
  const profile = find(bindings.profiles, group.actionProfileId, 'action profile');
  const { control } = profile;
  const id = group.groupId;
  if (type === UpdateType.DELETE) {
    control.removeGroup(id);
    profile.groups.delete(id);
    return;
  }
  checkNoOneShots(profile);
  if (id === 0) throw invalid(`action profile ${profile.name}: a group's id is never 0`);
  const what = `action profile ${profile.name}, group ${id}`;
  const seen = new Set<number>();
  const shares = group.members.map((member) => {
    const { memberId } = member;
    if (seen.has(memberId))
      throw invalid(`${what}: member ${memberId} stands there twice; give it more weight`);
    seen.add(memberId);
    return shareOf(profile, memberId, member, ports, `${what}, member ${memberId}`);
  });
  checkGroupSize(profile, group, shares);
  const list = memberList(profile, shares, ports);
  const before = profile.groups.get(id);
  if (type === UpdateType.MODIFY && before && before.maxSize !== group.maxSize) {
    throw invalid(`${what}: its max_size is ${before.maxSize} and cannot be changed to ${group.maxSize}`);
  }
  checkMembers(profile, seen, what);
  if (type === UpdateType.INSERT) control.addGroup(id, list);
  else control.modifyGroup(id, list);
  profile.groups.set(id, { shares, maxSize: group.maxSize });
}

/** Members have to exist even where the port that they watch is down. */
function checkMembers(profile: BoundProfile, wanted: ReadonlySet<number>, what: string): void {
  const missing = new Set(wanted);
  if (missing.size > 0) for (const { id } of profile.control.members()) missing.delete(id);
  for (const id of missing) throw notFound(`${what}: there is no member ${id}; insert it first`);
}

export function* readMembers(bindings: Bindings, pattern: ActionProfileMember): Generator<Init<Entity>> {
  for (const profile of chosen(bindings.profiles, pattern.actionProfileId, 'action profile')) {
    for (const { id, action } of profile.control.members()) {
      if (isHidden(id) || (pattern.memberId !== 0 && pattern.memberId !== id)) continue;
      const bound = profile.actionsByName.get(action.action);
      if (!bound) continue;
      yield {
        actionProfileMember: {
          actionProfileId: profile.id,
          memberId: id,
          action: actionMessage(bound, action.data),
        },
      };
    }
  }
}

export function* readGroups(bindings: Bindings, pattern: ActionProfileGroup): Generator<Init<Entity>> {
  for (const profile of chosen(bindings.profiles, pattern.actionProfileId, 'action profile')) {
    yield* groupsOf(profile, pattern.groupId);
  }
}

function* groupsOf(profile: BoundProfile, wanted: number): Generator<Init<Entity>> {
  for (const [groupId, { shares, maxSize }] of profile.groups) {
    if (wanted !== 0 && wanted !== groupId) continue;
    yield {
      actionProfileGroup: {
        actionProfileId: profile.id,
        groupId,
        members: shares.map(groupMember),
        maxSize,
      },
    };
  }
}
