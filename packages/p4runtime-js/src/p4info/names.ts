import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';

/** What can be looked up: by id, by full name, and by alias where it has one. */
export interface Named {
  readonly id: number;
  readonly name: string;
  readonly alias?: string;
}

const SHOWN = 20;

/** Objects of one kind, in the order of the P4Info, with a map for each way of naming them. */
export class Names<T extends Named> {
  readonly all: readonly T[];
  readonly #kind: string;
  readonly #owner: string;
  readonly #byId = new Map<number, T>();
  readonly #byName = new Map<string, T>();

  /**
   * @param kind for messages, e.g. `table`
   * @param owner whose they are, e.g. `the program` or `table ipv6_route`
   * @throws P4RuntimeError INVALID_ARGUMENT when two of them share an id or a name
   */
  constructor(kind: string, owner: string, all: readonly T[]) {
    this.all = all;
    this.#kind = kind;
    this.#owner = owner;
    for (const object of all) {
      const other = this.#byId.get(object.id) ?? this.#byName.get(object.name);
      if (other) {
        throw new P4RuntimeError(
          `${owner} has two ${kind}s with one id or name: ${describe(other)} and ${describe(object)}`,
          Code.INVALID_ARGUMENT,
        );
      }
      this.#byId.set(object.id, object);
      this.#byName.set(object.name, object);
    }
    // A full name goes before another object's alias.
    for (const object of all) {
      if (object.alias && !this.#byName.has(object.alias)) this.#byName.set(object.alias, object);
    }
  }

  /** The object with this id, name or alias, if there is one. */
  find(ref: string | number): T | undefined {
    return typeof ref === 'number' ? this.#byId.get(ref) : this.#byName.get(ref);
  }

  /** @throws P4RuntimeError NOT_FOUND that lists what there is */
  get(ref: string | number): T {
    const found = this.find(ref);
    if (found) return found;
    const shown = typeof ref === 'number' ? `with id ${ref}` : `'${ref}'`;
    throw new P4RuntimeError(
      `${this.#owner} has no ${this.#kind} ${shown}; ${this.#valid()}`,
      Code.NOT_FOUND,
    );
  }

  #valid(): string {
    if (this.all.length === 0) return 'it has none';
    const names = this.all.slice(0, SHOWN).map((object) => object.name);
    const more = this.all.length - names.length;
    return `it has ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
}

const describe = ({ id, name }: Named): string => `${name} (id ${id})`;
