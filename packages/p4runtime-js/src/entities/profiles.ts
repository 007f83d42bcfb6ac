import { within } from '../errors/within.js';
import { Entity } from '../messages.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import type { ValueInput } from '../values/value.js';
import { type ActionParams, encodeAction } from './action.js';
import { encodePort } from './port.js';

/**
 * A member of an action profile; without an id, and without a profile, a pattern for reading.
 * @throws P4RuntimeError NOT_FOUND for a name that the program does not have
 */
export function actionProfileMember(
  index: P4InfoIndex,
  spec: {
    readonly profile?: string | number;
    readonly id?: number;
    readonly action?: string;
    readonly params?: ActionParams;
  } = {},
): Entity {
  const profile = spec.profile === undefined ? undefined : index.actionProfiles.get(spec.profile);
  const { action } = spec;
  return within(`action profile ${profile?.name ?? '*'}`, () =>
    Entity.from({
      actionProfileMember: {
        actionProfileId: profile?.id ?? 0,
        memberId: spec.id ?? 0,
        action: action === undefined ? null : encodeAction(index.actions.get(action), spec.params),
      },
    }),
  );
}

/** A group of an action profile with a selector. @throws as `actionProfileMember` */
export function actionProfileGroup(
  index: P4InfoIndex,
  spec: {
    readonly profile?: string | number;
    readonly id?: number;
    readonly members?: readonly {
      readonly id: number;
      readonly weight?: number;
      readonly watchPort?: ValueInput;
    }[];
    readonly maxSize?: number;
  } = {},
): Entity {
  const actionProfileId = spec.profile === undefined ? 0 : index.actionProfiles.get(spec.profile).id;
  const members = (spec.members ?? []).map(({ id, weight = 1, watchPort }) => ({
    memberId: id,
    weight,
    watchPort: watchPort === undefined ? undefined : encodePort(watchPort),
  }));
  return Entity.from({
    actionProfileGroup: { actionProfileId, groupId: spec.id ?? 0, members, maxSize: spec.maxSize ?? 0 },
  });
}
