import type { CheckedProgram } from '../check/types.js';
import type * as ast from '../syntax/ast.js';

/** Decides whether a branch can be reached: true or false when its condition is known, else undefined. */
export type KnownCondition = (condition: ast.Expression) => boolean | undefined;

/** Calls `visit` for every expression in `expression` that can be evaluated, outermost first. */
export function walkExpression(
  expression: ast.Expression,
  visit: (e: ast.Expression) => void,
  known: KnownCondition = () => undefined,
): void {
  visit(expression);
  for (const child of reachedChildren(expression, known)) walkExpression(child, visit, known);
}

function reachedChildren(e: ast.Expression, known: KnownCondition): readonly ast.Expression[] {
  if (e.kind === 'ConditionalExpression') {
    const value = known(e.condition);
    if (value !== undefined) return [value ? e.whenTrue : e.whenFalse];
  }
  if (e.kind === 'BinaryExpression' && (e.op === '&&' || e.op === '||')) {
    if (known(e.left) === (e.op === '||')) return [];
  }
  return childrenOf(e);
}

function childrenOf(e: ast.Expression): readonly ast.Expression[] {
  switch (e.kind) {
    case 'MemberExpression':
      return [e.target];
    case 'IndexExpression':
      return [e.target, e.index];
    case 'SliceExpression':
      return [e.target, e.hi, e.lo];
    case 'UnaryExpression':
    case 'CastExpression':
      return [e.operand];
    case 'BinaryExpression':
      return [e.left, e.right];
    case 'ConditionalExpression':
      return [e.condition, e.whenTrue, e.whenFalse];
    case 'CallExpression':
      return [e.callee, ...argumentsOf(e.args)];
    case 'ConstructorExpression':
      return argumentsOf(e.args);
    case 'ListExpression':
      return e.elements;
    case 'StructExpression':
      return e.fields.map((field) => field.value);
    case 'MaskExpression':
      return [e.value, e.mask];
    case 'RangeExpression':
      return [e.lo, e.hi];
    default:
      return [];
  }
}

function argumentsOf(args: readonly ast.Argument[]): ast.Expression[] {
  return args.flatMap((arg) => (arg.value ? [arg.value] : []));
}

/** Calls `visit` for every expression in statements that can be reached, in source order. */
export function walkStatements(
  statements: readonly ast.Statement[],
  visit: (e: ast.Expression) => void,
  known: KnownCondition = () => undefined,
): void {
  const expression = (e: ast.Expression | undefined): void => {
    if (e) walkExpression(e, visit, known);
  };
  const walk = (list: readonly ast.Statement[]): void => walkStatements(list, visit, known);
  for (const statement of statements) {
    switch (statement.kind) {
      case 'BlockStatement':
        walk(statement.statements);
        break;
      case 'AssignmentStatement':
        expression(statement.left);
        expression(statement.right);
        break;
      case 'CallStatement':
        expression(statement.call);
        break;
      case 'IfStatement': {
        const value = known(statement.condition);
        if (value === undefined) expression(statement.condition);
        if (value !== false) walk([statement.then]);
        if (value !== true && statement.else) walk([statement.else]);
        break;
      }
      case 'SwitchStatement':
        expression(statement.selector);
        for (const { label, body } of statement.cases) {
          expression(label);
          if (body) walk([body]);
        }
        break;
      case 'ReturnStatement':
        expression(statement.value);
        break;
      case 'ForStatement':
        walk(statement.init);
        expression(statement.condition);
        walk([statement.body]);
        walk(statement.update);
        break;
      case 'ForInStatement':
        expression(statement.collection);
        walk([statement.body]);
        break;
      case 'DeclarationStatement':
        declared(statement.declaration, expression);
        break;
      default:
        break;
    }
  }
}

function declared(
  decl: ast.DeclarationStatement['declaration'],
  expression: (e: ast.Expression | undefined) => void,
): void {
  if (decl.kind === 'VariableDeclaration') expression(decl.init);
  else if (decl.kind === 'ConstantDeclaration') expression(decl.value);
  else for (const arg of decl.args) expression(arg.value);
}

/** The statements that run when a block is applied: a control's body, or all states of a parser. */
export function bodyOf(decl: ast.ParserDeclaration | ast.ControlDeclaration): readonly ast.Statement[] {
  return decl.kind === 'ControlDeclaration'
    ? decl.body.statements
    : decl.states.flatMap((state) => state.statements);
}

/** Applications of a block by its type's name, which create an instance on the spot. */
export function directApplications(
  checked: CheckedProgram,
  decl: ast.ParserDeclaration | ast.ControlDeclaration,
): readonly { readonly call: ast.CallExpression; readonly typeName: string }[] {
  const found: { call: ast.CallExpression; typeName: string }[] = [];
  walkStatements(bodyOf(decl), (e) => {
    if (e.kind !== 'CallExpression') return;
    const { target } = checked.callOf(e);
    if (target.kind !== 'blockApply') return;
    const typeName = namedType(checked, target.object);
    if (typeName) found.push({ call: e, typeName });
  });
  return found;
}

/** The name of the type that `object` stands for, when it is a type and not an instance. */
function namedType(checked: CheckedProgram, object: ast.Expression): string | undefined {
  if (object.kind === 'TypeNameExpression') {
    return object.type.kind === 'NamedType' ? object.type.name.text : undefined;
  }
  if (object.kind !== 'PathExpression') return undefined;
  const decl = checked.declarationOf(object);
  return decl?.kind === 'ControlDeclaration' || decl?.kind === 'ParserDeclaration'
    ? decl.name.text
    : undefined;
}
