import type {
  Action,
  ActionProfileDecl,
  Calculation,
  CounterDecl,
  Field,
  Header,
  HeaderStack,
  HeaderUnion,
  MeterDecl,
  RegisterDecl,
  UnionStack,
  ValueSet,
} from '../ir/program.js';
import { type JsonNode, NameTable } from './node.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the sections of a document that were read so far have declared. */
export class LoadContext {
  readonly headerTypes = new NameTable<HeaderType>('header type');
  readonly headers = new NameTable<Header>('header');
  readonly fields: Field[] = [];
  readonly headersById = new Map<number, Header>();
  readonly stacks = new NameTable<HeaderStack>('header stack');
  readonly unions = new NameTable<HeaderUnion>('header union');
  readonly unionsById = new Map<number, HeaderUnion>();
  readonly unionStacks = new NameTable<UnionStack>('header union stack');
  /** Member names of the type of a union stack, in order. */
  readonly unionMembers = new Map<string, readonly string[]>();
  readonly aliases = new Map<string, Field>();
  readonly errors = new Map<string, number>();
  readonly valueSets = new NameTable<ValueSet>('parser value set');
  readonly calculations = new NameTable<Calculation>('calculation');
  readonly counters = new NameTable<CounterDecl>('counter');
  readonly meters = new NameTable<MeterDecl>('meter');
  readonly registers = new NameTable<RegisterDecl>('register');
  readonly profiles = new NameTable<ActionProfileDecl>('action profile');
  readonly actions: Action[] = [];
  readonly actionsById = new Map<number, Action>();

  /** `["header", "field"]`; hidden `$valid$` is not a field. */
  field(node: JsonNode): Field {
    const [header, name] = node.tuple(2) as [JsonNode, JsonNode];
    return this.fieldOf(this.headers.get(header), name);
  }

  fieldOf(header: Header, nameNode: JsonNode): Field {
    const name = nameNode.string();
    const field = header.fields.find((candidate) => candidate.name === name);
    if (!field) {
      nameNode.fail(
        `header "${header.name}" has no field "${name}"; it has: ${header.fields.map((f) => f.name).join(', ')}`,
      );
    }
    return field;
  }

  /** By BMv2's own name of it, such as `intrinsic_metadata.mcast_grp`: an alias goes before a field (docs/JSON_format.md). */
  intrinsic(name: string): Field | undefined {
    const alias = this.aliases.get(name);
    if (alias) return alias;
    const dot = name.indexOf('.');
    const header = this.headers.find(name.slice(0, dot));
    return header?.fields.find((field) => field.name === name.slice(dot + 1));
  }
}

export interface HeaderType {
  readonly name: string;
  readonly fields: readonly {
    readonly name: string;
    readonly width: number;
    readonly signed: boolean;
    readonly saturating: boolean;
    readonly varbit: boolean;
  }[];
  readonly lengthExpression: JsonNode | undefined;
  readonly maxBytes: number;
}
