import { listOptions, P4SwitchError } from '../errors.js';

/**
 * A value inside a JSON document that knows where it stands, so that every complaint about a hostile or broken
 * document names the place: `$.pipelines[0].tables[3].key[1].match_type`.
 */
export class JsonNode {
  constructor(
    readonly value: unknown,
    private readonly parent?: JsonNode,
    private readonly step?: string | number,
  ) {}

  get path(): string {
    if (this.parent === undefined) return '$';
    if (typeof this.step === 'number') return `${this.parent.path}[${this.step}]`;
    const key = String(this.step);
    return /^[A-Za-z_]\w*$/.test(key)
      ? `${this.parent.path}.${key}`
      : `${this.parent.path}[${JSON.stringify(key)}]`;
  }

  fail(problem: string): never {
    throw new P4SwitchError('BAD_PIPELINE', `BMv2 JSON, ${this.path}: ${problem}`);
  }

  unsupported(problem: string): never {
    throw new P4SwitchError('UNSUPPORTED_PIPELINE', `BMv2 JSON, ${this.path}: ${problem}`);
  }

  get isNull(): boolean {
    return this.value === null || this.value === undefined;
  }

  get isString(): boolean {
    return typeof this.value === 'string';
  }

  get isNumber(): boolean {
    return typeof this.value === 'number';
  }

  /** A member that must be there (it may be null). */
  get(key: string): JsonNode {
    const object = this.object();
    if (!Object.hasOwn(object, key)) this.fail(`lacks the attribute "${key}"`);
    return new JsonNode(object[key], this, key);
  }

  /** A member that may be missing; a null member counts as missing. */
  find(key: string): JsonNode | undefined {
    const object = this.object();
    if (!Object.hasOwn(object, key)) return undefined;
    const value = object[key];
    return value === null ? undefined : new JsonNode(value, this, key);
  }

  at(index: number): JsonNode {
    const items = this.array();
    return items[index] ?? this.fail(`needs at least ${index + 1} elements, has ${items.length}`);
  }

  array(): JsonNode[] {
    if (!Array.isArray(this.value)) this.fail(`expected an array, found ${describe(this.value)}`);
    return Array.from(this.value, (item: unknown, index) => new JsonNode(item, this, index));
  }

  /** The elements of an optional array member; none if it is missing. */
  list(key: string): JsonNode[] {
    return this.find(key)?.array() ?? [];
  }

  tuple(length: number): JsonNode[] {
    const items = this.array();
    if (items.length !== length) this.fail(`expected ${length} elements, found ${items.length}`);
    return items;
  }

  string(): string {
    if (typeof this.value !== 'string') this.fail(`expected a string, found ${describe(this.value)}`);
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') this.fail(`expected true or false, found ${describe(this.value)}`);
    return this.value;
  }

  flag(key: string, otherwise = false): boolean {
    return this.find(key)?.boolean() ?? otherwise;
  }

  integer(min = 0, max = 0x7fffffff): number {
    const value = this.value;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      this.fail(`expected an integer, found ${describe(value)}`);
    }
    if (value < min || value > max) this.fail(`expected ${min} to ${max}, found ${value}`);
    return value;
  }

  /** A hexadecimal string, with or without `0x`, with an optional sign. */
  hex(): bigint {
    const text = this.string();
    const match = /^(-?)(?:0[xX])?([0-9a-fA-F]{1,65536})$/.exec(text);
    if (!match) this.fail(`expected a hexadecimal string such as "0x0800", found ${describe(text)}`);
    const value = BigInt(`0x${match[2]}`);
    return match[1] === '-' ? -value : value;
  }

  oneOf<T extends string>(...options: readonly T[]): T {
    const text = this.string();
    const found = options.find((option) => option === text);
    return found ?? this.fail(`expected one of ${listOptions(options, 40)}, found ${describe(text)}`);
  }

  keys(): string[] {
    return Object.keys(this.object());
  }

  private object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      this.fail(`expected an object, found ${describe(this.value)}`);
    }
    return this.value as Record<string, unknown>;
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Name -> thing, with a message that lists what there is when a name is unknown. */
export class NameTable<T> {
  private readonly map = new Map<string, T>();
  constructor(private readonly kind: string) {}

  add(node: JsonNode, name: string, thing: T): void {
    if (this.map.has(name)) node.fail(`a second ${this.kind} named "${name}"`);
    this.map.set(name, thing);
  }

  get(node: JsonNode, name = node.string()): T {
    const thing = this.map.get(name);
    if (thing === undefined) {
      node.fail(`no ${this.kind} named "${name}"; there are: ${listOptions(this.map.keys())}`);
    }
    return thing;
  }

  find(name: string): T | undefined {
    return this.map.get(name);
  }

  values(): T[] {
    return [...this.map.values()];
  }
}
