import type { Diagnostics } from '../diagnostics.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { type Named, type Scope, suggestion } from './scope.js';
import type { Constant, ResolvedCall, Type } from './types.js';

/** What the checker has found so far, and where it says what is wrong. One for a whole program. */
export class Context {
  readonly diagnostics: Diagnostics;
  readonly types = new Map<ast.Expression, Type>();
  readonly nodeTypes = new Map<ast.TypeNode, Type>();
  readonly constants = new Map<ast.Expression, Constant>();
  readonly declarations = new Map<ast.PathExpression | ast.NamedType, Named>();
  readonly calls = new Map<
    ast.CallExpression | ast.ConstructorExpression | ast.InstanceDeclaration,
    ResolvedCall
  >();
  /** Types of variables, constants, parameters, instances and of the types that declarations make. */
  readonly declared = new Map<Named, Type>();
  /** Constructor parameters and others whose value every instance fixes. */
  readonly compileTimeParameters = new Set<ast.Parameter>();
  readonly constantValues = new Map<ast.ConstantDeclaration, Constant>();
  readonly errors: string[] = [];
  readonly matchKinds: string[] = [];
  /** Names that come later in the program, for a better message than "unknown". */
  readonly later = new Map<string, Span>();

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }

  error(
    code: string,
    message: string,
    span: Span,
    notes?: readonly { message: string; span?: Span }[],
  ): void {
    this.diagnostics.error(code, message, span, notes);
  }

  /** Puts a declaration into a scope; a second one of that name is an error unless both are overloads. */
  declare(scope: Scope, decl: Named): void {
    const name = decl.name.text;
    const others = scope.own(name);
    const clash = others.find((other) => !mayOverload(other, decl));
    if (clash !== undefined) {
      this.error('P4C303', `'${name}' is already declared in this scope`, decl.name.span, [
        { message: 'the first declaration is here', span: clash.name.span },
      ]);
      return;
    }
    scope.add(name, decl);
  }

  /** All declarations that a name can mean, or none after a message. */
  lookup(name: ast.Identifier, absolute: boolean, scope: Scope, what = 'name'): readonly Named[] {
    const found = (absolute ? scope.top : scope).find(name.text);
    if (found.length > 0) return found;
    const later = this.later.get(name.text);
    const hint = later === undefined ? suggestion(name.text, scope.visible()) : '';
    this.error(
      'P4C301',
      later === undefined
        ? `unknown ${what} '${name.text}'${hint}`
        : `'${name.text}' is used before it is declared`,
      name.span,
      later === undefined ? undefined : [{ message: 'it is declared here', span: later }],
    );
    return [];
  }
}

/** Functions and extern functions of one name differ by their parameters (P4_16 §6.9.1, §8.16). */
function mayOverload(a: Named, b: Named): boolean {
  const isFunction = (d: Named): boolean =>
    d.kind === 'FunctionDeclaration' || d.kind === 'ExternFunctionDeclaration';
  if (!isFunction(a) || !isFunction(b)) return false;
  const names = (d: Named): string =>
    (d as ast.FunctionDeclaration | ast.ExternFunctionDeclaration).params.map((p) => p.name.text).join(',');
  return names(a) !== names(b);
}

/** A declaration in words, for messages. */
export function declarationText(decl: Named): string {
  const words: Partial<Record<Named['kind'], string>> = {
    ConstantDeclaration: 'constant',
    VariableDeclaration: 'variable',
    InstanceDeclaration: 'instance',
    TypedefDeclaration: 'type',
    NewtypeDeclaration: 'type',
    HeaderDeclaration: 'header type',
    HeaderUnionDeclaration: 'header union type',
    StructDeclaration: 'struct type',
    EnumDeclaration: 'enum type',
    ExternFunctionDeclaration: 'extern function',
    ExternObjectDeclaration: 'extern type',
    FunctionDeclaration: 'function',
    ActionDeclaration: 'action',
    TableDeclaration: 'table',
    ParserTypeDeclaration: 'parser type',
    ControlTypeDeclaration: 'control type',
    PackageDeclaration: 'package type',
    ParserDeclaration: 'parser',
    ControlDeclaration: 'control',
    ValueSetDeclaration: 'value set',
    ParserState: 'parser state',
    Parameter: 'parameter',
    TypeParameter: 'type parameter',
  };
  return `${words[decl.kind] ?? 'declaration'} '${decl.name.text}'`;
}
