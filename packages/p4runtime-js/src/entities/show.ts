// Any entity or update as one line of text, for error messages, logs and dumps. Never throws.
import { type Entity, type Update, UpdateType } from '../messages.js';
import type { Named, Names } from '../p4info/names.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import type { Init } from '../wire/message-type.js';
import { decodeParams } from './action.js';
import { showReplicas } from './replication.js';
import { pairs, showTableEntry } from './show-table-entry.js';

const nameOf = (names: Names<Named> | undefined, id: number | null | undefined): string =>
  names?.find(id ?? 0)?.name ?? (id ? `#${id}` : '*');
const at = (index: { index?: bigint | number | null } | null | undefined): string =>
  index ? `[${index.index ?? 0}]` : '[*]';

/** `INSERT Ingress.route {dst: fdbb:102::/32} -> Ingress.forward(port: 3)` */
export function showUpdate(index: P4InfoIndex | undefined, update: Init<Update>): string {
  const type =
    Object.entries(UpdateType).find(([, number]) => number === (update.type ?? 0))?.[0] ??
    `type ${update.type}`;
  return `${type} ${showEntity(index, update.entity ?? {})}`;
}

export function showEntity(index: P4InfoIndex | undefined, entity: Init<Entity>): string {
  const {
    tableEntry,
    counterEntry,
    meterEntry,
    registerEntry,
    directCounterEntry,
    directMeterEntry,
    digestEntry,
  } = entity;
  if (tableEntry) return showTableEntry(index, tableEntry);
  if (directCounterEntry)
    return `direct counter of ${showTableEntry(index, directCounterEntry.tableEntry ?? {})}`;
  if (directMeterEntry) return `direct meter of ${showTableEntry(index, directMeterEntry.tableEntry ?? {})}`;
  if (counterEntry)
    return `counter ${nameOf(index?.counters, counterEntry.counterId)}${at(counterEntry.index)}`;
  if (meterEntry) return `meter ${nameOf(index?.meters, meterEntry.meterId)}${at(meterEntry.index)}`;
  if (registerEntry)
    return `register ${nameOf(index?.registers, registerEntry.registerId)}${at(registerEntry.index)}`;
  if (digestEntry) return `digest ${nameOf(index?.digests, digestEntry.digestId)}`;
  return showOther(index, entity);
}

function showOther(index: P4InfoIndex | undefined, entity: Init<Entity>): string {
  const {
    actionProfileMember: member,
    actionProfileGroup: group,
    packetReplicationEngineEntry: pre,
    valueSetEntry,
    externEntry,
  } = entity;
  if (member) {
    const action = member.action && index?.actions.find(member.action.actionId ?? 0);
    const does = member.action
      ? ` -> ${action?.name ?? `#${member.action.actionId ?? 0}`}(${pairs(decodeParams(action ?? undefined, member.action))})`
      : '';
    return `action profile ${nameOf(index?.actionProfiles, member.actionProfileId)} member ${member.memberId || '*'}${does}`;
  }
  if (group) {
    const members = (group.members ?? [])
      .map(({ memberId, weight }) => `${memberId ?? 0} x${weight ?? 0}`)
      .join(', ');
    return `action profile ${nameOf(index?.actionProfiles, group.actionProfileId)} group ${group.groupId || '*'} -> members ${members || 'none'}`;
  }
  if (pre?.multicastGroupEntry) {
    return `multicast group ${pre.multicastGroupEntry.multicastGroupId || '*'} -> ${showReplicas(pre.multicastGroupEntry.replicas ?? [])}`;
  }
  if (pre?.cloneSessionEntry) {
    return `clone session ${pre.cloneSessionEntry.sessionId || '*'} -> ${showReplicas(pre.cloneSessionEntry.replicas ?? [])}`;
  }
  if (valueSetEntry)
    return `value set ${nameOf(index?.valueSets, valueSetEntry.valueSetId)}, ${(valueSetEntry.members ?? []).length} members`;
  if (externEntry) return `extern ${externEntry.externTypeId ?? 0}/${externEntry.externId ?? 0}`;
  return 'an entity that is not set';
}
