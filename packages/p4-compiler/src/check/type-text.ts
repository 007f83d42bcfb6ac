import type { Type } from './types.js';

/** Types in a message are cut below this: a reader gets lost, and a type may refer to another twice at every level. */
const maxDepth = 4;

/** A type as a P4 programmer writes it. */
export function typeText(type: Type, depth = 0): string {
  if (depth > maxDepth) return '...';
  const inner = (t: Type): string => typeText(t, depth + 1);
  switch (type.kind) {
    case 'bit':
      return `bit<${type.width}>`;
    case 'fixedInt':
      return `int<${type.width}>`;
    case 'varbit':
      return `varbit<${type.maxWidth}>`;
    case 'matchKind':
      return 'match_kind';
    case 'dontcare':
      return '_';
    case 'struct':
    case 'header':
    case 'headerUnion':
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return type.name + argumentsText(type.typeArgs.map(inner));
    case 'enum':
    case 'serEnum':
    case 'newtype':
      return type.name;
    case 'headerStack':
      return `${inner(type.element)}[${type.size}]`;
    case 'tuple':
      return `tuple<${type.elements.map(inner).join(', ')}>`;
    case 'structLiteral':
      return `{${type.fields.map((f) => `${f.name} = ${inner(f.type)}`).join(', ')}}`;
    case 'list':
      return `list<${inner(type.element)}>`;
    case 'set':
      return `set<${inner(type.element)}>`;
    case 'table':
      return `table ${type.decl.name.text}`;
    case 'applyResult':
      return `the result of ${type.decl.name.text}.apply()`;
    case 'actionRun':
      return `the action that table ${type.decl.name.text} ran`;
    case 'action':
      return `action ${type.decl.name.text}`;
    case 'typeVariable':
      return type.decl.name.text;
    default:
      return type.kind;
  }
}

function argumentsText(args: readonly string[]): string {
  return args.length === 0 ? '' : `<${args.join(', ')}>`;
}
