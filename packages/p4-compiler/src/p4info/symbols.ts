import { p4 } from 'p4runtime-js';
import type { Diagnostics } from '../diagnostics.js';
import type { Span } from '../syntax/source.js';
import { Aliases, compareNames, idOf, jenkinsOneAtATime } from './ids.js';

export const Prefix = p4.config.v1.P4IdsPrefix;
export type Prefix = p4.config.v1.P4IdsPrefix;

/** Every object that the control plane can name, by kind, with its id once all are known. */
export class Symbols {
  readonly #kinds = new Map<Prefix, Map<string, number | undefined>>();
  readonly #assigned = new Set<number>();
  readonly #aliases = new Aliases();

  constructor(readonly diagnostics: Diagnostics) {}

  /** Adds an object; the same name of the same kind again is the same object. `wanted` is the value of its `@id`. */
  add(prefix: Prefix, name: string, wanted?: number, span?: Span): void {
    let names = this.#kinds.get(prefix);
    if (!names) {
      names = new Map();
      this.#kinds.set(prefix, names);
    }
    if (names.has(name)) return;
    names.set(name, wanted === undefined ? undefined : this.#reserve(prefix, name, wanted, span));
    this.#aliases.add(name);
  }

  #reserve(prefix: Prefix, name: string, wanted: number, span?: Span): number | undefined {
    const given = wanted >>> 24;
    if (given !== 0 && given !== prefix) {
      this.diagnostics.error(
        'P4C410',
        `@id(${wanted}) of ${name} has the prefix ${given} of another kind of object; expected ${prefix} or none`,
        span,
      );
      return undefined;
    }
    const id = ((prefix << 24) | wanted) >>> 0;
    if (this.#assigned.has(id)) {
      this.diagnostics.error('P4C410', `@id(${wanted}) is assigned to more than one object`, span);
      return undefined;
    }
    this.#assigned.add(id);
    return id;
  }

  /** Gives ids to the objects without `@id`, in the order of their names, probing linearly where hashes collide. */
  assign(): void {
    for (const [prefix, names] of this.#kinds) {
      const open = [...names].filter(([, id]) => id === undefined).map(([name]) => name);
      for (const name of open.sort(compareNames)) {
        let hash = jenkinsOneAtATime(name);
        while (this.#assigned.has(idOf(prefix, hash))) hash++;
        const id = idOf(prefix, hash);
        this.#assigned.add(id);
        names.set(name, id);
      }
    }
  }

  id(prefix: Prefix, name: string): number {
    return this.#kinds.get(prefix)?.get(name) ?? 0;
  }

  alias(name: string): string {
    return this.#aliases.of(name);
  }
}

/**
 * Ids of match fields, parameters and packet metadata: `@id` first, then 1, 2, 3, ... by position, past those taken.
 */
export function fieldIds<T>(
  fields: readonly T[],
  wantedOf: (field: T) => number | undefined,
  onBadId: (field: T, message: string) => void,
): ReadonlyMap<T, number> {
  const ids = new Map<T, number>();
  const taken = new Set<number>();
  for (const field of fields) {
    const wanted = wantedOf(field);
    if (wanted === undefined) continue;
    if (wanted === 0) onBadId(field, '0 is not a valid @id value');
    else if (taken.has(wanted)) onBadId(field, `@id(${wanted}) is used more than once`);
    ids.set(field, wanted);
    taken.add(wanted);
  }
  let next = 1;
  for (const field of fields) {
    if (ids.has(field)) {
      next++;
      continue;
    }
    while (taken.has(next)) next++;
    ids.set(field, next);
    taken.add(next);
  }
  return ids;
}
