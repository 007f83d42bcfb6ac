import type { Init, p4 } from 'p4runtime-js';
import type { StructType, Type } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import { controlPlaneName, fieldControlPlaneName, underlying, widthOf } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields } from './annotations.js';
import { flattenHeader } from './flatten-header.js';
import { bytesOf, translationOf } from './values.js';

type Spec = Init<p4.config.v1.P4DataTypeSpec>;
type Bitstring = Init<p4.config.v1.P4BitstringLikeTypeSpec>;

/** Collects the named types that the control plane meets (P4Runtime §8.4) while it describes data types. */
export class TypeInfo {
  readonly #structs = new Map<string, Init<p4.config.v1.P4StructTypeSpec>>();
  readonly #headers = new Map<string, Init<p4.config.v1.P4HeaderTypeSpec>>();
  readonly #unions = new Map<string, Init<p4.config.v1.P4HeaderUnionTypeSpec>>();
  readonly #enums = new Map<string, Init<p4.config.v1.P4EnumTypeSpec>>();
  readonly #serEnums = new Map<string, Init<p4.config.v1.P4SerializableEnumTypeSpec>>();
  readonly #newTypes = new Map<string, Init<p4.config.v1.P4NewTypeSpec>>();
  #errors: readonly string[] | undefined;
  #touched = false;

  constructor(
    readonly errors: readonly string[],
    readonly diagnostics: Diagnostics,
  ) {}

  /** P4Info has the field, if only empty, as soon as an object that could have needed it was met. */
  touch(): void {
    this.#touched = true;
  }

  message(): Init<p4.config.v1.P4TypeInfo> | null {
    if (!this.#touched) return null;
    return {
      structs: sorted(this.#structs),
      headers: sorted(this.#headers),
      headerUnions: sorted(this.#unions),
      enums: sorted(this.#enums),
      error: this.#errors ? { members: [...this.#errors] } : null,
      serializableEnums: sorted(this.#serEnums),
      newTypes: sorted(this.#newTypes),
    };
  }

  /** Describes a type, recording the named types in it. */
  describe(type: Type, at: ast.Node): Spec {
    this.#touched = true;
    switch (type.kind) {
      case 'bit':
      case 'fixedInt':
      case 'varbit':
        return { bitstring: bitstring(type) };
      case 'bool':
        return { bool: {} };
      case 'error':
        this.#errors = this.errors;
        return { error: {} };
      case 'tuple':
        return { tuple: { members: type.elements.map((element) => this.describe(element, at)) } };
      case 'struct':
        return { struct: { name: this.#struct(type, at) } };
      case 'header':
        return { header: { name: this.#header(type, at) } };
      case 'headerUnion':
        return { headerUnion: { name: this.#union(type, at) } };
      case 'headerStack':
        return this.#stack(type.element, type.size, at);
      case 'enum':
        return { enum: { name: this.#enum(type) } };
      case 'serEnum':
        return { serializableEnum: { name: this.#serEnum(type) } };
      case 'newtype':
        return { newType: { name: this.#newType(type, at) } };
      default:
        this.diagnostics.error(
          'P4C411',
          `P4Info has no description for a value of this type (${type.kind})`,
          at.span,
        );
        return {};
    }
  }

  #struct(type: StructType, at: ast.Node): string {
    const name = controlPlaneName(type.decl);
    if (!this.#structs.has(name)) {
      const members = type.fields.map((field) => ({
        name: fieldControlPlaneName(field),
        typeSpec: this.describe(field.type, at),
      }));
      this.#structs.set(name, { members });
    }
    return name;
  }

  #header(type: StructType, at: ast.Node): string {
    const name = controlPlaneName(type.decl);
    if (!this.#headers.has(name)) {
      const members = flattenHeader(type).map((field) => ({
        name: field.name,
        typeSpec: this.describe(underlying(field.type), at).bitstring ?? bitstring({ kind: 'bit', width: 1 }),
      }));
      this.#headers.set(name, { members });
    }
    return name;
  }

  #union(type: StructType, at: ast.Node): string {
    const name = controlPlaneName(type.decl);
    if (!this.#unions.has(name)) {
      const members = type.fields.map((field) => ({
        name: fieldControlPlaneName(field),
        header: { name: this.#header(field.type as StructType, at) },
      }));
      this.#unions.set(name, { members });
    }
    return name;
  }

  #stack(element: StructType, size: number, at: ast.Node): Spec {
    return element.kind === 'headerUnion'
      ? { headerUnionStack: { headerUnion: { name: this.#union(element, at) }, size } }
      : { headerStack: { header: { name: this.#header(element, at) }, size } };
  }

  #enum(type: Type & { kind: 'enum' }): string {
    const name = controlPlaneName(type.decl);
    this.#enums.set(name, { members: type.members.map((member) => ({ name: member })) });
    return name;
  }

  #serEnum(type: Type & { kind: 'serEnum' }): string {
    const name = controlPlaneName(type.decl);
    const bitwidth = widthOf(type.underlying) ?? 0;
    const members = [...type.members].map(([member, value]) => ({
      name: member,
      value: bytesOf(value, bitwidth),
    }));
    this.#serEnums.set(name, { underlyingType: { bitwidth }, members });
    return name;
  }

  #newType(type: Type & { kind: 'newtype' }, at: ast.Node): string {
    const name = controlPlaneName(type.decl);
    if (this.#newTypes.has(name)) return name;
    const translation = translationOf(type);
    let original: Type = type;
    while (original.kind === 'newtype') original = original.underlying;
    const spec = this.describe(original, at);
    this.#newTypes.set(name, {
      ...annotationFields(type.decl.annotations, ['p4runtime_translation']),
      ...(translation
        ? {
            translatedType:
              translation.bits === undefined
                ? { uri: translation.uri, sdnString: {} }
                : { uri: translation.uri, sdnBitwidth: translation.bits },
          }
        : { originalType: spec }),
    });
    return name;
  }
}

function bitstring(type: Type): Bitstring {
  if (type.kind === 'fixedInt') return { int: { bitwidth: type.width } };
  if (type.kind === 'varbit') return { varbit: { maxBitwidth: type.maxWidth } };
  return { bit: { bitwidth: widthOf(type) ?? 0 } };
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
