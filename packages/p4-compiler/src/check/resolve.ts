import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { type Context, declarationText } from './context.js';
import { checkExpression } from './expressions.js';
import type { Scope } from './scope.js';
import { bind, isStructLike, leafCount, substitute, typeText, unknownType } from './type-ops.js';
import type { Type } from './types.js';

/** No target has more, and a mistake of this size would only waste memory. */
const maxWidth = 65_536;
const maxStack = 65_536;
const maxLeaves = 262_144;

/** The type a type node means here (P4_16 §7.2); what is wrong is reported and counts as unknown. */
export function resolveType(context: Context, node: ast.TypeNode, scope: Scope): Type {
  const type = bounded(context, resolve(context, node, scope), node.span);
  context.nodeTypes.set(node, type);
  return type;
}

/** A type that no later pass could walk over is an error and counts as unknown. */
export function bounded(context: Context, type: Type, span: Span): Type {
  const count = leafCount(type);
  if (count <= maxLeaves) return type;
  context.error(
    'P4C312',
    `a value of this type would hold ${count} fields; at most ${maxLeaves} are possible`,
    span,
  );
  return unknownType;
}

function resolve(context: Context, node: ast.TypeNode, scope: Scope): Type {
  switch (node.kind) {
    case 'BaseType':
      return resolveBase(context, node, scope);
    case 'NamedType':
      return resolveNamed(context, node, scope);
    case 'HeaderStackType': {
      const element = resolveType(context, node.element, scope);
      const size = constantSize(context, node.size, scope, 'the size of a stack', maxStack);
      if (element.kind !== 'header' && element.kind !== 'headerUnion') {
        if (element.kind !== 'dontcare') {
          const message = `only stacks of headers and header unions are supported, found ${typeText(element)}`;
          context.error('P4C901', message, node.element.span);
        }
        return unknownType;
      }
      return size === undefined ? unknownType : { kind: 'headerStack', element, size };
    }
    case 'TupleType':
      return { kind: 'tuple', elements: node.elements.map((e) => resolveElement(context, e, scope)) };
    case 'ListType':
      return { kind: 'list', element: resolveElement(context, node.element, scope) };
  }
}

/** A type argument: complete, or `_` for "infer it". */
export function resolveArgument(context: Context, node: ast.TypeNode, scope: Scope): Type {
  if (node.kind === 'BaseType' && node.base === 'dontcare') return resolveType(context, node, scope);
  return resolveValueType(context, node, scope);
}

function resolveElement(context: Context, node: ast.TypeNode, scope: Scope): Type {
  const type = resolveValueType(context, node, scope);
  if (['extern', 'parser', 'control', 'package', 'void'].includes(type.kind)) {
    context.error('P4C304', `a tuple or list cannot hold ${typeText(type)}`, node.span);
    return unknownType;
  }
  return type;
}

function resolveBase(context: Context, node: ast.BaseType, scope: Scope): Type {
  switch (node.base) {
    case 'bit':
    case 'fixedInt':
    case 'varbit': {
      if (node.width === undefined) return { kind: 'bit', width: 1 };
      const width = constantSize(context, node.width, scope, 'a width', maxWidth);
      if (width === undefined) return unknownType;
      if (node.base === 'varbit') return { kind: 'varbit', maxWidth: width };
      if (node.base === 'fixedInt' && width === 0) {
        context.error(
          'P4C312',
          'int<0> does not exist: a signed number has at least one bit',
          node.width.span,
        );
        return unknownType;
      }
      return { kind: node.base, width };
    }
    case 'match_kind':
      return { kind: 'matchKind' };
    case 'int':
      return { kind: 'int' };
    default:
      return { kind: node.base };
  }
}

/** A compile-time number between 0 and `limit`. */
export function constantSize(
  context: Context,
  expression: ast.Expression,
  scope: Scope,
  what: string,
  limit: number,
): number | undefined {
  const type = checkExpression(context, expression, scope);
  if (type.kind === 'dontcare') return undefined;
  const value = context.constants.get(expression);
  if (value?.kind !== 'int') {
    context.error('P4C307', `${what} must be a number that is known at compile time`, expression.span);
    return undefined;
  }
  if (value.value < 0n || value.value > BigInt(limit)) {
    context.error('P4C312', `${what} must lie between 0 and ${limit}, found ${value.value}`, expression.span);
    return undefined;
  }
  return Number(value.value);
}

function resolveNamed(context: Context, node: ast.NamedType, scope: Scope): Type {
  const [decl] = context.lookup(node.name, node.absolute, scope, 'type');
  const typeArgs = node.typeArgs.map((a) => resolveArgument(context, a, scope));
  if (decl === undefined) return unknownType;
  context.declarations.set(node, decl);
  const type = context.declared.get(decl);
  switch (decl.kind) {
    case 'TypedefDeclaration':
    case 'NewtypeDeclaration':
    case 'EnumDeclaration':
    case 'TypeParameter':
      if (typeArgs.length > 0) {
        context.error('P4C304', `${declarationText(decl)} takes no type arguments`, node.span);
        return unknownType;
      }
      return type ?? unknownType;
    case 'HeaderDeclaration':
    case 'HeaderUnionDeclaration':
    case 'StructDeclaration':
    case 'ExternObjectDeclaration':
    case 'ParserTypeDeclaration':
    case 'ControlTypeDeclaration':
    case 'PackageDeclaration':
    case 'ParserDeclaration':
    case 'ControlDeclaration':
      if (type === undefined) return unknownType;
      return specialise(context, type, decl.typeParams, typeArgs, node);
    default:
      context.error('P4C304', `expected a type, found ${declarationText(decl)}`, node.span);
      return unknownType;
  }
}

/** Fills a generic type's parameters. Without arguments the parameters stay: an instantiation infers them. */
function specialise(
  context: Context,
  type: Type,
  params: readonly ast.TypeParameter[],
  typeArgs: readonly Type[],
  node: ast.NamedType,
): Type {
  if (typeArgs.length === 0) return type;
  if (typeArgs.length !== params.length) {
    context.error(
      'P4C305',
      `'${node.name.text}' takes ${params.length} type argument${params.length === 1 ? '' : 's'}, found ${typeArgs.length}`,
      node.span,
    );
    return unknownType;
  }
  return substitute(type, bind(params, typeArgs));
}

/** A type of which values exist here: generic types must have their arguments. */
export function resolveValueType(context: Context, node: ast.TypeNode, scope: Scope): Type {
  const type = resolveType(context, node, scope);
  if (node.kind === 'BaseType' && node.base === 'dontcare') {
    context.error('P4C304', "'_' is no type by itself; it stands only for a type argument", node.span);
  }
  if (node.kind === 'NamedType' && node.typeArgs.length === 0) {
    const decl = context.declarations.get(node);
    const generic =
      (isStructLike(type) && type.decl === decl) ||
      ((type.kind === 'extern' ||
        type.kind === 'parser' ||
        type.kind === 'control' ||
        type.kind === 'package') &&
        type.decl === decl);
    if (generic && type.typeArgs.length > 0) {
      context.error(
        'P4C305',
        `'${node.name.text}' needs type arguments: ${node.name.text}<${type.typeArgs.map(typeText).join(', ')}>`,
        node.span,
      );
      return unknownType;
    }
  }
  return type;
}
