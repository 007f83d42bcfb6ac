import type { Diagnostics } from '../diagnostics.js';
import type * as ast from '../syntax/ast.js';
import { Context } from './context.js';
import { checkDeclaration } from './declarations.js';
import { Scope } from './scope.js';
import type { CheckedProgram } from './types.js';

/**
 * Resolves every name, finds the type of every expression and the value of every constant one, and reports each rule
 * of the language that the program breaks. The result is complete only if `diagnostics` holds no error.
 */
export function check(program: ast.Program, diagnostics: Diagnostics): CheckedProgram {
  const context = new Context(diagnostics);
  const scope = new Scope(undefined);
  for (const decl of program.declarations) {
    if ('name' in decl) context.later.set(decl.name.text, decl.name.span);
  }
  for (const decl of program.declarations) checkDeclaration(context, decl, scope);
  return new Result(program, context, findMain(context, scope));
}

function findMain(context: Context, scope: Scope): ast.InstanceDeclaration | undefined {
  const [main] = scope.own('main');
  if (main === undefined) return undefined;
  const type = context.declared.get(main);
  if (main.kind === 'InstanceDeclaration' && (type?.kind === 'package' || type?.kind === 'dontcare'))
    return main;
  context.error('P4C314', "'main' must be the instance of a package", main.name.span);
  return undefined;
}

class Result implements CheckedProgram {
  readonly program: ast.Program;
  readonly main: ast.InstanceDeclaration | undefined;
  readonly #context: Context;

  constructor(program: ast.Program, context: Context, main: ast.InstanceDeclaration | undefined) {
    this.program = program;
    this.#context = context;
    this.main = main;
  }
  get errors(): readonly string[] {
    return this.#context.errors;
  }
  get matchKinds(): readonly string[] {
    return this.#context.matchKinds;
  }
  typeOf = (e: ast.Expression) => found(this.#context.types.get(e), 'type', e);
  typeOfNode = (node: ast.TypeNode) => found(this.#context.nodeTypes.get(node), 'type', node);
  typeOfParameter = (param: ast.Parameter) => found(this.#context.declared.get(param), 'type', param);
  constantOf = (e: ast.Expression) => this.#context.constants.get(e);
  declarationOf = (path: ast.PathExpression | ast.NamedType) => this.#context.declarations.get(path);
  callOf = (call: ast.CallExpression | ast.ConstructorExpression | ast.InstanceDeclaration) =>
    found(this.#context.calls.get(call), 'call', call);
}

/** The checker visits every node of a program without errors, so that a miss is a bug of ours. */
function found<T>(value: T | undefined, what: string, node: ast.Node): T {
  if (value === undefined) {
    const { file, start, end } = node.span;
    const text = file.text.slice(start, Math.min(end, start + 60));
    throw new Error(`the checker has no ${what} for this ${node.kind}: ${text}`);
  }
  return value;
}
