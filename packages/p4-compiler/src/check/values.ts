import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';

/** Why an expression is no place to write to (P4_16 §6.6); undefined if it is one. */
export function whyNoLValue(context: Context, e: ast.Expression): string | undefined {
  switch (e.kind) {
    case 'PathExpression': {
      const decl = context.declarations.get(e);
      if (decl === undefined || decl.kind === 'VariableDeclaration') return undefined;
      if (decl.kind === 'ConstantDeclaration') return `'${e.name.text}' is a constant`;
      if (decl.kind !== 'Parameter') return `'${e.name.text}' is not a variable`;
      if (decl.direction === 'out' || decl.direction === 'inout') return undefined;
      const how = decl.direction === 'in' ? "an 'in' parameter" : 'a parameter without direction';
      return `'${e.name.text}' is ${how}, which can only be read`;
    }
    case 'MemberExpression': {
      const target = context.types.get(e.target);
      if (target?.kind === 'headerStack' && (e.member.text === 'size' || e.member.text === 'lastIndex')) {
        return `'${e.member.text}' of a stack can only be read`;
      }
      if (e.target.kind === 'TypeNameExpression') return 'it is a constant';
      return whyNoLValue(context, e.target);
    }
    case 'IndexExpression': {
      if (context.types.get(e.target)?.kind === 'tuple') return 'an element of a tuple can only be read';
      return whyNoLValue(context, e.target);
    }
    case 'SliceExpression':
      return whyNoLValue(context, e.target);
    default:
      return 'it is a value, not a variable';
  }
}

/** Known when the program is compiled, if not before blocks are instantiated (P4_16 §18.1). */
export function isCompileTimeKnown(context: Context, e: ast.Expression): boolean {
  if (context.constants.has(e)) return true;
  const type = context.types.get(e);
  if (type?.kind === 'dontcare') return true;
  switch (e.kind) {
    case 'ConstructorExpression':
    case 'DotsExpression':
    case 'InvalidExpression':
    case 'TypeNameExpression':
      return true;
    case 'PathExpression': {
      const decl = context.declarations.get(e);
      if (decl?.kind === 'InstanceDeclaration' || decl?.kind === 'ConstantDeclaration') return true;
      if (decl?.kind !== 'Parameter' || decl.direction !== '') return false;
      return type?.kind === 'extern' || context.compileTimeParameters.has(decl);
    }
    case 'ListExpression':
      return e.elements.every((element) => isCompileTimeKnown(context, element));
    case 'StructExpression':
      return e.fields.every((field) => isCompileTimeKnown(context, field.value));
    case 'MemberExpression':
    case 'SliceExpression':
      return isCompileTimeKnown(context, e.target);
    case 'IndexExpression':
      return isCompileTimeKnown(context, e.target) && isCompileTimeKnown(context, e.index);
    case 'UnaryExpression':
    case 'CastExpression':
      return isCompileTimeKnown(context, e.operand);
    case 'BinaryExpression':
      return isCompileTimeKnown(context, e.left) && isCompileTimeKnown(context, e.right);
    case 'ConditionalExpression':
      return [e.condition, e.whenTrue, e.whenFalse].every((part) => isCompileTimeKnown(context, part));
    default:
      return false;
  }
}
