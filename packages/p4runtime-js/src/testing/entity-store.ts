// Entities as a plain server keeps them: by kind and key, found again by pattern.
import { entityKey, keyParts } from '../entities/entity-key.js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import type { Entity } from '../messages.js';

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
    const key = entityKey(entity);
    if (this.#entities.has(key))
      throw new P4RuntimeError('the entity exists already; use MODIFY', Code.ALREADY_EXISTS);
    this.#entities.set(key, entity);
  }

  /** @throws P4RuntimeError NOT_FOUND, but for cells and default entries */
  modify(entity: Entity): void {
    const key = entityKey(entity);
    const always = CELLS.includes(entity.entity!) || entity.tableEntry?.isDefaultAction;
    if (!always && !this.#entities.has(key))
      throw new P4RuntimeError('there is no such entity; use INSERT', Code.NOT_FOUND);
    this.#entities.set(key, entity);
  }

  /** Puts an entity back, whatever was there. */
  put(entity: Entity): void {
    this.#entities.set(entityKey(entity), entity);
  }

  /** @throws P4RuntimeError NOT_FOUND */
  delete(entity: Entity): void {
    if (CELLS.includes(entity.entity!)) throw notACell('deleted');
    if (!this.#entities.delete(entityKey(entity)))
      throw new P4RuntimeError('there is no such entity', Code.NOT_FOUND);
  }

  *match(pattern: Entity): Generator<Entity> {
    for (const entity of this.#entities.values()) if (matches(pattern, entity)) yield entity;
  }
}

const notACell = (verb: string) =>
  new P4RuntimeError(`a cell cannot be ${verb}; use MODIFY`, Code.INVALID_ARGUMENT);

function matches(pattern: Entity, entity: Entity): boolean {
  if (pattern.entity !== entity.entity) return false;
  const parts = new Map(keyParts(entity).map(([name, value]) => [name, value]));
  const action = pattern.tableEntry?.action?.action?.actionId;
  if (action && action !== entity.tableEntry?.action?.action?.actionId) return false;
  return keyParts(pattern).every(([name, value, wildcard]) => wildcard || parts.get(name) === value);
}
