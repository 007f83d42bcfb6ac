// What makes an entity the one it is (specification, "P4 Entity Messages"): the fields that INSERT, MODIFY and DELETE look it
// up by.
import { type Entity, FieldMatch, type TableEntry } from '../messages.js';
import type { Init } from '../wire/message-type.js';

/** One field of a key; `wildcard` where its value stands for any in a read. */
export type KeyPart = readonly [name: string, value: string, wildcard: boolean];

/**
 * Text that two entities have in common exactly if they are one to a server: their kind and key fields. The order of the
 * match fields makes no difference. Byte strings are compared as they are: canonical ones, as the builders make them.
 */
export function entityKey(entity: Init<Entity>): string {
  const parts = keyParts(entity).map(([name, value]) => `${name}=${value}`);
  return parts.sort().join(' ');
}

export function keyParts(entity: Init<Entity>): KeyPart[] {
  const { tableEntry, directCounterEntry, directMeterEntry } = entity;
  const { actionProfileMember: member, actionProfileGroup: group } = entity;
  if (tableEntry) return [kind('table entry'), ...tableKey(tableEntry)];
  if (directCounterEntry) return [kind('direct counter'), ...tableKey(directCounterEntry.tableEntry ?? {})];
  if (directMeterEntry) return [kind('direct meter'), ...tableKey(directMeterEntry.tableEntry ?? {})];
  if (member) return [kind('member'), id('profile', member.actionProfileId), id('id', member.memberId)];
  if (group) return [kind('group'), id('profile', group.actionProfileId), id('id', group.groupId)];
  return otherKey(entity);
}

function otherKey(entity: Init<Entity>): KeyPart[] {
  const { counterEntry: counter, meterEntry: meter, registerEntry: register } = entity;
  if (counter) return [kind('counter'), id('array', counter.counterId), cell(counter.index)];
  if (meter) return [kind('meter'), id('array', meter.meterId), cell(meter.index)];
  if (register) return [kind('register'), id('array', register.registerId), cell(register.index)];
  const { packetReplicationEngineEntry: pre, digestEntry, valueSetEntry, externEntry } = entity;
  if (pre?.multicastGroupEntry)
    return [kind('multicast group'), id('id', pre.multicastGroupEntry.multicastGroupId)];
  if (pre?.cloneSessionEntry) return [kind('clone session'), id('id', pre.cloneSessionEntry.sessionId)];
  if (digestEntry) return [kind('digest'), id('id', digestEntry.digestId)];
  if (valueSetEntry) return [kind('value set'), id('id', valueSetEntry.valueSetId)];
  if (externEntry)
    return [kind('extern'), id('type', externEntry.externTypeId), id('id', externEntry.externId)];
  return [kind('none')];
}

const kind = (name: string): KeyPart => ['kind', name, false];
const id = (name: string, value: number | null | undefined): KeyPart => [name, String(value ?? 0), !value];
const cell = (index: { readonly index?: bigint | number | null } | null | undefined): KeyPart => [
  'index',
  String(index?.index ?? 0),
  !index,
];

function tableKey({ tableId, match, priority, isDefaultAction }: Init<TableEntry>): KeyPart[] {
  return [
    id('table', tableId),
    ...(match ?? []).map(
      (field): KeyPart => [`match ${field.fieldId ?? 0}`, FieldMatch.encode(field).toString('latin1'), false],
    ),
    id('priority', priority),
    ['default', String(Number(isDefaultAction ?? false)), false],
  ];
}
