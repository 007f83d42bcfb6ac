import type * as ast from '../syntax/ast.js';
import { resolveConstructor } from './constructors.js';
import type { Context } from './context.js';
import { checkFunction } from './functions.js';
import { Scope } from './scope.js';
import { alignParameters, typedParameters } from './signatures.js';
import { bind, isUnknown, sameType, typeText } from './type-ops.js';
import type { Type } from './types.js';

/** `T(args) name;` and, for an extern with abstract methods, the functions that fill them. */
export function checkInstance(context: Context, decl: ast.InstanceDeclaration, scope: Scope): void {
  const type = resolveConstructor(context, decl, decl.type, decl.args, scope);
  context.declared.set(decl, type);
  if (scope.place === 'program' && (type.kind === 'parser' || type.kind === 'control')) {
    context.error('P4C313', `a ${type.kind} cannot be instantiated at the top level`, decl.span);
  }
  if (type.kind === 'package' && scope.place !== 'program') {
    context.error('P4C313', 'a package can be instantiated only at the top level', decl.span);
  }
  const inner = new Scope(scope);
  for (const member of decl.body ?? []) {
    if (member.kind === 'InstanceDeclaration') checkInstance(context, member, inner);
    else checkFunction(context, member, inner);
  }
  if (decl.body !== undefined && type.kind !== 'extern' && !isUnknown(type)) {
    const message = `only the instance of an extern has a body, and '${decl.name.text}' is ${typeText(type)}`;
    context.error('P4C314', message, decl.span);
  }
  if (type.kind === 'extern') checkAbstractMethods(context, decl, type);
  context.declare(scope, decl);
}

function checkAbstractMethods(
  context: Context,
  decl: ast.InstanceDeclaration,
  type: Type & { kind: 'extern' },
): void {
  const bodies = (decl.body ?? []).filter((m) => m.kind === 'FunctionDeclaration');
  for (const method of type.decl.methods.filter((m) => m.isAbstract)) {
    const body = bodies.find((b) => b.name.text === method.name.text);
    if (body === undefined) {
      if (method.annotations.some((a) => a.name === 'optional')) continue;
      const message = `'${decl.name.text}' must give the abstract method '${method.name.text}' of ${type.name}`;
      context.error('P4C314', message, decl.name.span, [
        { message: 'it is declared here', span: method.span },
      ]);
      continue;
    }
    const expected = typedParameters(context, method.params, bind(type.decl.typeParams, type.typeArgs));
    const found = typedParameters(context, body.params, new Map());
    const pairs = alignParameters(expected, found);
    const fits = pairs?.every(([want, have]) => sameType(want.type, have.type)) ?? false;
    if (!fits) {
      const text = (list: typeof found): string =>
        list.map((p) => `${p.direction} ${typeText(p.type)}`.trim()).join(', ');
      const message = `'${body.name.text}' must have the parameters (${text(expected)}), found (${text(found)})`;
      context.error('P4C302', message, body.name.span);
    }
  }
  for (const body of bodies) {
    if (!type.decl.methods.some((m) => m.isAbstract && m.name.text === body.name.text)) {
      context.error('P4C314', `${type.name} has no abstract method '${body.name.text}'`, body.name.span);
    }
  }
}
