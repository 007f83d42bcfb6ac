import type { CheckedProgram } from '../check/types.js';
import { annotationText, fieldControlPlaneName, findAnnotation } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';

/**
 * The name of a match field (P4_16 §14.2.1.1): `@name`, or the key's expression as written, with `$valid$` for
 * `isValid()` and the names of fields as the control plane knows them. Undefined where only `@name` can give one.
 */
export function keyName(checked: CheckedProgram, key: ast.TableKey): string | undefined {
  const given = annotationText(findAnnotation(key.annotations, 'name'));
  return given ?? expressionName(checked, key.expression);
}

function expressionName(checked: CheckedProgram, e: ast.Expression): string | undefined {
  const name = (inner: ast.Expression): string | undefined => expressionName(checked, inner);
  switch (e.kind) {
    case 'PathExpression':
      return e.absolute ? `.${e.name.text}` : e.name.text;
    case 'MemberExpression':
      return memberName(checked, e);
    case 'IndexExpression':
      return joined(name(e.target), name(e.index), (target, index) => `${target}[${index}]`);
    case 'SliceExpression':
      return joined(
        name(e.target),
        joined(name(e.hi), name(e.lo), pair),
        (target, range) => `${target}[${range}]`,
      );
    case 'NumberLiteral':
      return numberName(e);
    case 'BinaryExpression':
      if (e.op !== '&') return undefined;
      return joined(name(e.left), name(e.right), (left, right) => `${left} & ${right}`);
    case 'CallExpression': {
      const { target } = checked.callOf(e);
      if (target.kind !== 'builtin' || target.method !== 'isValid') return undefined;
      return joined(name(target.object), '$valid$', (object, valid) => `${object}.${valid}`);
    }
    default:
      return undefined;
  }
}

function pair(hi: string, lo: string): string {
  return `${hi}:${lo}`;
}

function joined(
  a: string | undefined,
  b: string | undefined,
  join: (a: string, b: string) => string,
): string | undefined {
  return a === undefined || b === undefined ? undefined : join(a, b);
}

function memberName(checked: CheckedProgram, e: ast.MemberExpression): string | undefined {
  const type = checked.typeOf(e.target);
  let field = e.member.text;
  if (type.kind === 'struct' || type.kind === 'header' || type.kind === 'headerUnion') {
    const found = type.fields.find((candidate) => candidate.name === field);
    if (found) {
      const annotated = annotationText(findAnnotation(found.annotations, 'name'));
      // A field with an absolute name stands for the whole path.
      if (annotated?.startsWith('.')) return annotated.slice(1);
      field = fieldControlPlaneName(found);
    }
  }
  const target = expressionName(checked, e.target);
  return target === undefined ? undefined : `${target}.${field}`;
}

const PREFIX: Readonly<Record<number, string>> = { 2: '0b', 8: '0o', 16: '0x' };

function numberName(e: ast.NumberLiteral): string {
  return `${PREFIX[e.base] ?? ''}${e.value.toString(e.base)}`;
}
