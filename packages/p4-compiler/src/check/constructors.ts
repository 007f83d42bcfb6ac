import type * as ast from '../syntax/ast.js';
import { checkArgumentValues, type Matched, matchArguments } from './arguments.js';
import { type Context, declarationText } from './context.js';
import { type Candidate, chooseOverload } from './overloads.js';
import { resolveType } from './resolve.js';
import type { Scope } from './scope.js';
import { bind, isUnknown, substitute, typeText, unknownType } from './type-ops.js';
import type { Type } from './types.js';

/** `T(args)`: an instance without a name. */
export function checkConstructor(context: Context, e: ast.ConstructorExpression, scope: Scope): Type {
  const type = resolveConstructor(context, e, e.type, e.args, scope);
  const method = type.kind === 'extern' ? type.decl.methods.find((m) => m.isAbstract) : undefined;
  if (method !== undefined) {
    const message = `${e.type.name.text} has the abstract method '${method.name.text}': declare an instance with a body`;
    context.error('P4C314', message, e.span);
  }
  return type;
}

/** An instance of an extern, parser, control or package from constructor arguments; gives its type. */
export function resolveConstructor(
  context: Context,
  key: ast.ConstructorExpression | ast.InstanceDeclaration,
  typeNode: ast.NamedType,
  args: readonly ast.Argument[],
  scope: Scope,
): Type {
  const type = resolveType(context, typeNode, scope);
  const argTypes = checkArgumentValues(context, args, scope);
  if (isUnknown(type)) return unknownType;
  const parameterLists = constructorParameters(context, type, typeNode);
  if (parameterLists === undefined) return unknownType;
  const { decl } = type as Type & { kind: 'extern' | 'parser' | 'control' | 'package' };
  // `E<T>(...)` gives the type parameters, `E(...)` leaves them to inference.
  const given = typeNode.typeArgs.length > 0 || context.declarations.get(typeNode) !== decl;
  const known = given ? (type as Type & { kind: 'extern' }).typeArgs : [];
  const candidates = parameterLists.map(
    (params): Candidate => ({
      callable: {
        text: `the constructor of ${typeNode.name.text}`,
        params,
        typeParams: decl.typeParams,
        bindings: new Map(),
        directionlessIsConstant: true,
        mayStayOpen: true,
      },
      resolve: ({ typeArgs }) => {
        const returnType = substitute(type, bind(decl.typeParams, typeArgs));
        return { target: { kind: 'constructor', type: returnType }, returnType };
      },
    }),
  );
  const chosen = chooseOverload(context, candidates, args, argTypes, key.span);
  if (chosen === undefined) return unknownType;
  const matched = matchArguments(context, chosen.callable, known, args, argTypes, key.span);
  if (matched === undefined) return unknownType;
  const returnType = given ? type : chosen.resolve(matched).returnType;
  const filled = returnTypeWith(returnType, decl.typeParams, matched);
  context.calls.set(key, {
    target: { kind: 'constructor', type: filled },
    typeArgs: matched.typeArgs,
    args: matched.args,
    returnType: filled,
  });
  return filled;
}

/** `E<_>(...)`: what `_` left open is filled in from the arguments. */
function returnTypeWith(type: Type, params: readonly ast.TypeParameter[], matched: Matched): Type {
  if (params.length === 0) return type;
  return { ...(type as Type & { kind: 'extern' }), typeArgs: matched.typeArgs } as Type;
}

function constructorParameters(
  context: Context,
  type: Type,
  node: ast.NamedType,
): readonly (readonly ast.Parameter[])[] | undefined {
  switch (type.kind) {
    case 'extern': {
      const constructors = type.decl.methods.filter((m) => m.isConstructor).map((m) => m.params);
      if (constructors.length > 0) return constructors;
      context.error(
        'P4C304',
        `extern ${type.name} has no constructor: the architecture gives its instances`,
        node.span,
      );
      return undefined;
    }
    case 'package':
      return [type.decl.params];
    case 'parser':
    case 'control':
      if (type.decl.kind === 'ParserDeclaration' || type.decl.kind === 'ControlDeclaration') {
        return [type.decl.constructorParams];
      }
      context.error(
        'P4C304',
        `${declarationText(type.decl)} has no body and cannot be instantiated`,
        node.span,
      );
      return undefined;
    default:
      context.error(
        'P4C304',
        `only an extern, parser, control or package can be instantiated, found ${typeText(type)}`,
        node.span,
      );
      return undefined;
  }
}
