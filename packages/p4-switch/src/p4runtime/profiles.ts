import {
  type ActionProfileGroup,
  type ActionProfileMember,
  type Entity,
  type Init,
  UpdateType,
} from 'p4runtime-js';
import type { ProfileControl } from '../switch/control-plane.js';
import { actionMessage, actionSpec } from './actions.js';
import { type Bindings, type Bound, find } from './bindings.js';
import { invalid } from './errors.js';

/** @throws P4RuntimeError (specification, "ActionProfileMember") */
export function writeMember(bindings: Bindings, type: UpdateType, member: ActionProfileMember): void {
  const { control, name } = find(bindings.profiles, member.actionProfileId, 'action profile');
  if (type === UpdateType.DELETE) {
    control.removeMember(member.memberId);
    return;
  }
  if (!member.action) throw invalid(`action profile ${name}: the member ${member.memberId} has no action`);
  const action = actionSpec(member.action, bindings.actions, `action profile ${name}`);
  if (type === UpdateType.INSERT) control.addMember(member.memberId, action);
  else control.modifyMember(member.memberId, action);
}

/** @throws P4RuntimeError (specification, "ActionProfileGroup") */
export function writeGroup(bindings: Bindings, type: UpdateType, group: ActionProfileGroup): void {
  const { control, name } = find(bindings.profiles, group.actionProfileId, 'action profile');
  if (type === UpdateType.DELETE) {
    control.removeGroup(group.groupId);
    return;
  }
  const members = group.members.flatMap(({ memberId, weight }) => {
    if (weight < 1)
      throw invalid(`action profile ${name}: the weight of member ${memberId} is ${weight}, not 1 or more`);
    return new Array<number>(weight).fill(memberId);
  });
  if (type === UpdateType.INSERT) control.addGroup(group.groupId, members);
  else control.modifyGroup(group.groupId, members);
}

export function* readMembers(bindings: Bindings, pattern: ActionProfileMember): Generator<Init<Entity>> {
  for (const profile of chosen(bindings, pattern.actionProfileId)) {
    for (const { id, action } of profile.control.members()) {
      if (pattern.memberId !== 0 && pattern.memberId !== id) continue;
      const bound = [...bindings.actions.values()].find((a) => a.name === action.action);
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
  for (const profile of chosen(bindings, pattern.actionProfileId)) {
    for (const { id, members } of profile.control.groups()) {
      if (pattern.groupId !== 0 && pattern.groupId !== id) continue;
      const weights = new Map<number, number>();
      for (const m of members) weights.set(m, (weights.get(m) ?? 0) + 1);
      yield {
        actionProfileGroup: {
          actionProfileId: profile.id,
          groupId: id,
          members: [...weights].map(([memberId, weight]) => ({ memberId, weight })),
        },
      };
    }
  }
}

const chosen = (bindings: Bindings, id: number): Bound<ProfileControl>[] =>
  id === 0 ? [...bindings.profiles.values()] : [find(bindings.profiles, id, 'action profile')];
