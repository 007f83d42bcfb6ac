import type { StructType, Type } from '../check/types.js';
import { controlPlaneName, findAnnotation, NameGenerator, typeText, underlying } from '../elaborate/index.js';
import {
  bitsOf,
  flatFields,
  joined,
  namedParts,
  SCALARS,
  STANDARD_METADATA,
  USER_METADATA,
} from '../lower/index.js';
import { isScalarType, type Variable } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type {
  Bmv2Json,
  JsonHeader,
  JsonHeaderStack,
  JsonHeaderType,
  JsonHeaderUnion,
  JsonHeaderUnionStack,
  JsonHeaderUnionType,
} from './bmv2-json.js';
import type { JsonFieldReference, JsonValue } from './bmv2-values.js';
import type { EmitContext } from './context.js';

type JsonField = JsonHeaderType['fields'][number];

/** Declares the storage of a program: header types and instances, and one metadata header for all scalars. */
export class HeaderWriter {
  readonly headers: JsonHeader[] = [];
  readonly stacks: JsonHeaderStack[] = [];
  readonly unionTypes: JsonHeaderUnionType[] = [];
  readonly unions: JsonHeaderUnion[] = [];
  readonly unionStacks: JsonHeaderUnionStack[] = [];
  readonly aliases: (readonly [string, JsonFieldReference])[] = [];
  readonly #types: JsonHeaderType[] = [];
  readonly #typeNames = new Map<string, string>();
  readonly #names = new NameGenerator([SCALARS, STANDARD_METADATA]);
  readonly #scalars: JsonField[] = [];
  readonly #scalarsId: number;

  constructor(readonly context: EmitContext) {
    this.#scalarsId = context.id('header_types');
    this.#instance('scalars_t', SCALARS, true);
    this.#instance(STANDARD_METADATA, STANDARD_METADATA, true);
  }

  get types(): JsonHeaderType[] {
    return [{ name: 'scalars_t', id: this.#scalarsId, fields: padded(this.#scalars) }, ...this.#types];
  }

  declare(variable: Variable, span: Span): void {
    const type = underlying(variable.type);
    switch (variable.role) {
      case 'headers':
        this.#parts(type, '', span);
        break;
      case 'metadata':
        this.#parts(type, USER_METADATA, span);
        break;
      case 'standardMetadata':
        if (type.kind === 'struct') this.#standardMetadata(type);
        break;
      case 'local':
        this.#part(type, variable.name, span);
        break;
      case 'actionData':
        break;
    }
  }

  #parts(type: Type, path: string, span: Span): void {
    for (const part of namedParts(type)) this.#part(part.type, joined(path, part.name), span);
  }

  #part(type: Type, path: string, span: Span): void {
    switch (type.kind) {
      case 'header':
        this.#instance(this.#headerType(type), path, false);
        break;
      case 'headerUnion':
        this.#union(type, path);
        break;
      case 'headerStack':
        this.#stack(type, path);
        break;
      case 'struct':
      case 'tuple':
        this.#parts(type, path, span);
        break;
      case 'varbit':
        this.#instance(this.#varbitType(type.maxWidth), path, true);
        break;
      default:
        if (isScalarType(type)) this.#scalars.push(field(path, type));
        else this.context.limit(`a variable of type ${typeText(type)} cannot be stored on this target`, span);
    }
  }

  #instance(type: string, name: string, metadata: boolean): number {
    const id = this.context.id('headers');
    this.headers.push({ name, id, header_type: type, metadata, pi_omit: true });
    return id;
  }

  #stack(type: Type & { kind: 'headerStack' }, path: string): void {
    const { element, size } = type;
    const names = Array.from({ length: size }, (_, i) => `${path}[${i}]`);
    if (element.kind === 'headerUnion') {
      const ids = names.map((name) => this.#union(element, name));
      this.unionStacks.push({
        name: path,
        id: this.context.id('header_union_stacks'),
        union_type: this.#unionType(element),
        size,
        header_union_ids: ids,
      });
      return;
    }
    const headerType = this.#headerType(element);
    const ids = names.map((name) => this.#instance(headerType, name, false));
    this.stacks.push({
      name: path,
      id: this.context.id('header_stacks'),
      header_type: headerType,
      size,
      header_ids: ids,
    });
  }

  #union(type: StructType, path: string): number {
    const unionType = this.#unionType(type);
    const ids = type.fields.map((member) =>
      this.#instance(this.#headerType(member.type as StructType), `${path}.${member.name}`, false),
    );
    const id = this.context.id('header_unions');
    this.unions.push({ name: path, id, union_type: unionType, header_ids: ids, pi_omit: true });
    return id;
  }

  #unionType(type: StructType): string {
    const { name, isNew } = this.#typeName(type);
    if (isNew) {
      const headers = type.fields.map(
        (member) => [member.name, this.#headerType(member.type as StructType)] as const,
      );
      this.unionTypes.push({ name, id: this.context.id('header_union_types'), headers });
    }
    return name;
  }

  #typeName(type: StructType): { name: string; isNew: boolean } {
    const key = `${type.decl.span.file.path}:${type.decl.span.start}<${type.typeArgs.map(typeText).join(',')}>`;
    const known = this.#typeNames.get(key);
    if (known !== undefined) return { name: known, isNew: false };
    const name = this.#names.fresh(controlPlaneName(type.decl));
    this.#typeNames.set(key, name);
    return { name, isNew: true };
  }

  #headerType(type: StructType): string {
    const { name, isNew } = this.#typeName(type);
    if (!isNew) return name;
    const fields = flatFields(type);
    const total = fields.reduce((sum, { type: part }) => sum + bitsOf(part), 0);
    const varbits = fields.filter(({ type: part }) => part.kind === 'varbit').length;
    if (total % 8 !== 0) {
      this.context.diagnostics.error(
        'P4C504',
        `header ${type.name} has ${total} bits; this target needs headers of whole bytes (a multiple of 8 bits)`,
        type.decl.span,
      );
    }
    if (varbits > 1) this.context.limit(`header ${type.name} has more than one varbit field`, type.decl.span);
    this.#types.push({
      name,
      id: this.context.id('header_types'),
      fields: fields.map((part) => field(part.name, part.type)),
      ...(varbits > 0 ? { max_length: total / 8 } : {}),
    });
    return name;
  }

  #varbitType(width: number): string {
    const name = `varbit_${width}_t`;
    if (!this.#types.some((type) => type.name === name)) {
      this.#types.push({
        name,
        id: this.context.id('header_types'),
        fields: [field('field', { kind: 'varbit', maxWidth: width })],
        max_length: Math.ceil(width / 8),
      });
    }
    return name;
  }

  #standardMetadata(type: StructType): void {
    const fields = type.fields.map((part) => field(part.name, underlying(part.type)));
    this.#types.push({
      name: STANDARD_METADATA,
      id: this.context.id('header_types'),
      fields: padded(fields),
    });
    for (const part of type.fields) {
      const alias = findAnnotation(part.annotations, 'alias');
      const first = alias?.args?.[0];
      const name = first?.kind === 'StringLiteral' ? first.value : /"([^"]*)"/.exec(alias?.body ?? '')?.[1];
      if (name !== undefined) this.aliases.push([name, [STANDARD_METADATA, part.name]]);
    }
  }
}

function field(name: string, type: Type): JsonField {
  if (type.kind === 'varbit') return [name, '*', false];
  return [name, bitsOf(type), type.kind === 'fixedInt'];
}

/** Metadata fills whole bytes too. */
function padded(fields: readonly JsonField[]): JsonField[] {
  const total = fields.reduce((sum, [, width]) => sum + (width === '*' ? 0 : width), 0);
  return total % 8 === 0 ? [...fields] : [...fields, ['_padding', 8 - (total % 8), false]];
}

/** Fields of the user metadata tagged with `@field_list(N, ...)`, which clones and recirculated packets keep. */
export function fieldLists(context: EmitContext, metadata: Variable): void {
  const lists = new Map<string, JsonValue[]>();
  const visit = (type: Type, path: string, inherited: readonly string[]): void => {
    if (!('fields' in type)) return;
    for (const part of type.fields) {
      const tags = findAnnotation(part.annotations, 'field_list');
      const own = (tags?.args ?? []).flatMap((arg) => (arg.kind === 'NumberLiteral' ? [`${arg.value}`] : []));
      const numbers = own.length > 0 ? own : tags ? (tags.body?.match(/\d+/g) ?? []) : inherited;
      const plain = underlying(part.type);
      const name = joined(path, part.name);
      if (plain.kind === 'struct') visit(plain, name, numbers);
      else if (isScalarType(plain)) {
        for (const n of numbers) {
          lists.set(n, [...(lists.get(n) ?? []), { type: 'field', value: [SCALARS, name] }]);
        }
      }
    }
  };
  visit(underlying(metadata.type), USER_METADATA, []);
  for (const [n, elements] of lists) {
    context.fieldLists.push({ id: context.id('field_lists'), name: `field_list${n}`, elements });
  }
}

export type HeaderLists = Pick<
  Bmv2Json,
  | 'header_types'
  | 'headers'
  | 'header_stacks'
  | 'header_union_types'
  | 'header_unions'
  | 'header_union_stacks'
>;
