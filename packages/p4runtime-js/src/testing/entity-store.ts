// Entities as a plain server keeps them: by kind and key, found again by pattern.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { type Entity, FieldMatch, type TableEntry } from '../messages.js';

type Kind = NonNullable<Entity['entity']>;

/** Cells are always there: they can be modified and read, never inserted or deleted. */
const CELLS: readonly Kind[] = [
  'counterEntry',
  'directCounterEntry',
  'meterEntry',
  'directMeterEntry',
  'registerEntry',
];

export class EntityStore {
  readonly #entities = new Map<string, Entity>();

  /** In the order in which they were inserted. */
  all(): Entity[] {
    return [...this.#entities.values()];
  }

  clear(): void {
    this.#entities.clear();
  }

  /** @throws P4RuntimeError ALREADY_EXISTS */
  insert(entity: Entity): void {
    if (CELLS.includes(entity.entity!)) throw notACell('inserted');
    const key = keyOf(entity);
    if (this.#entities.has(key))
      throw new P4RuntimeError('the entity exists already; use MODIFY', Code.ALREADY_EXISTS);
    this.#entities.set(key, entity);
  }

  /** @throws P4RuntimeError NOT_FOUND, but for cells and default entries */
  modify(entity: Entity): void {
    const key = keyOf(entity);
    const always = CELLS.includes(entity.entity!) || entity.tableEntry?.isDefaultAction;
    if (!always && !this.#entities.has(key))
      throw new P4RuntimeError('there is no such entity; use INSERT', Code.NOT_FOUND);
    this.#entities.set(key, entity);
  }

  /** Puts an entity back, whatever was there. */
  put(entity: Entity): void {
    this.#entities.set(keyOf(entity), entity);
  }

  /** @throws P4RuntimeError NOT_FOUND */
  delete(entity: Entity): void {
    if (CELLS.includes(entity.entity!)) throw notACell('deleted');
    if (!this.#entities.delete(keyOf(entity)))
      throw new P4RuntimeError('there is no such entity', Code.NOT_FOUND);
  }

  *match(pattern: Entity): Generator<Entity> {
    for (const entity of this.#entities.values()) if (matches(pattern, entity)) yield entity;
  }
}

const notACell = (verb: string) =>
  new P4RuntimeError(`a cell cannot be ${verb}; use MODIFY`, Code.INVALID_ARGUMENT);

/** The parts of an entity that make up its key (specification, "P4 Entity Messages"), by path. */
function keyParts(
  entity: Entity,
): readonly (readonly [name: string, value: string | number | bigint, wildcard: boolean])[] {
  const {
    tableEntry,
    actionProfileMember: member,
    actionProfileGroup: group,
    packetReplicationEngineEntry: pre,
  } = entity;
  const table = tableEntry ?? entity.directCounterEntry?.tableEntry ?? entity.directMeterEntry?.tableEntry;
  if (table) return tableKey(table);
  if (member) return [id('profile', member.actionProfileId), id('member', member.memberId)];
  if (group) return [id('profile', group.actionProfileId), id('group', group.groupId)];
  if (pre) {
    const multicast = pre.multicastGroupEntry?.multicastGroupId ?? 0;
    return [['type', pre.type ?? '', false], id('id', multicast || (pre.cloneSessionEntry?.sessionId ?? 0))];
  }
  const { counterEntry: counter, meterEntry: meter, registerEntry: register } = entity;
  const cell = counter ?? meter ?? register;
  if (cell) {
    const array = counter?.counterId ?? meter?.meterId ?? register?.registerId ?? 0;
    return [id('array', array), ['index', cell.index?.index ?? 0n, cell.index === null]];
  }
  return [
    id(
      'id',
      entity.digestEntry?.digestId ?? entity.valueSetEntry?.valueSetId ?? entity.externEntry?.externId ?? 0,
    ),
  ];
}

const id = (name: string, value: number) => [name, value, value === 0] as const;

function tableKey({ tableId, match, priority, isDefaultAction }: TableEntry) {
  return [
    id('table', tableId),
    ...match.map(
      (field) => [`match ${field.fieldId}`, FieldMatch.encode(field).toString('hex'), false] as const,
    ),
    id('priority', priority),
    ['default', Number(isDefaultAction), false] as const,
  ];
}

function keyOf(entity: Entity): string {
  const parts = keyParts(entity).map(([name, value]) => `${name}=${value}`);
  return [entity.entity, ...parts.sort()].join(' ');
}

function matches(pattern: Entity, entity: Entity): boolean {
  if (pattern.entity !== entity.entity) return false;
  const parts = new Map(keyParts(entity).map(([name, value]) => [name, value]));
  const action = pattern.tableEntry?.action?.action?.actionId;
  if (action && action !== entity.tableEntry?.action?.action?.actionId) return false;
  return keyParts(pattern).every(([name, value, wildcard]) => wildcard || parts.get(name) === value);
}
