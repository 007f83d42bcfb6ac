import { TemplateError } from './errors.js';

type Ast = hbs.AST.Node;

/** Parsed templates by name: `v1model.p4`, and partials such as `headers`. */
export interface ParsedTemplate {
  /** What errors name. */
  readonly file: string;
  readonly program: hbs.AST.Program;
}

/**
 * Checks every name that a template uses against the view, in every branch, also those that this view leaves out:
 * Handlebars takes an unknown name in `{{#if}}` for "no", and a misspelt feature would silently be missing.
 * Throws TemplateError TEMPLATE_NAME at the first name that does not exist.
 */
export function checkNames(
  template: ParsedTemplate,
  view: unknown,
  partials: ReadonlyMap<string, ParsedTemplate>,
): void {
  new Checker(template.file, partials).body(template.program, [view]);
}

class Checker {
  constructor(
    private readonly file: string,
    private readonly partials: ReadonlyMap<string, ParsedTemplate>,
    /** Partials around this one. */
    private readonly inside: readonly string[] = [],
  ) {}

  /** `scopes`: the values that names are looked up in, the innermost last. */
  body(program: hbs.AST.Program, scopes: readonly unknown[]): void {
    for (const statement of program.body) this.statement(statement, scopes);
  }

  private statement(node: Ast, scopes: readonly unknown[]): void {
    if (isType<hbs.AST.MustacheStatement>(node, 'MustacheStatement')) {
      if (node.params.length > 0) throw this.unknown(node, 'a helper', ['a plain name']);
      this.lookUp(node.path, scopes);
    } else if (isType<hbs.AST.BlockStatement>(node, 'BlockStatement')) this.block(node, scopes);
    else if (isType<hbs.AST.PartialStatement>(node, 'PartialStatement')) this.partial(node, scopes);
  }

  private block(node: hbs.AST.BlockStatement, scopes: readonly unknown[]): void {
    const helper = node.path.original;
    if (!['if', 'unless', 'each'].includes(helper)) {
      throw this.unknown(node, `the block helper "${helper}"`, ['if', 'unless', 'each']);
    }
    const value = this.lookUp(node.params[0] ?? node, scopes);
    const inner = helper === 'each' ? [...scopes, Array.isArray(value) ? value[0] : undefined] : scopes;
    if (node.program) this.body(node.program, inner);
    if (node.inverse) this.body(node.inverse, scopes);
  }

  private partial(node: hbs.AST.PartialStatement, scopes: readonly unknown[]): void {
    const name = isType<hbs.AST.PathExpression>(node.name, 'PathExpression') ? node.name.original : '';
    const partial = this.partials.get(name);
    if (!partial) throw this.unknown(node, `the partial "${name}"`, [...this.partials.keys()]);
    if (this.inside.includes(name)) throw this.unknown(node, `the partial "${name}" inside itself`, []);
    new Checker(partial.file, this.partials, [...this.inside, name]).body(partial.program, scopes);
  }

  private lookUp(node: Ast, scopes: readonly unknown[]): unknown {
    if (!isType<hbs.AST.PathExpression>(node, 'PathExpression') || node.data) {
      throw this.unknown(node, 'an expression that is no plain name', []);
    }
    let value = scopes[scopes.length - 1 - node.depth];
    for (const part of node.parts) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
        const known = typeof value === 'object' && value !== null ? Object.keys(value) : [];
        throw this.unknown(node, `the name "${node.original}"`, known);
      }
      value = (value as Record<string, unknown>)[part];
    }
    return value;
  }

  private unknown(node: Ast, what: string, known: readonly string[]): TemplateError {
    const { line, column } = node.loc.start;
    const expected =
      known.length > 0 ? `, expected ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}` : '';
    return new TemplateError('TEMPLATE_NAME', this.file, line, column + 1, `found ${what}${expected}`);
  }
}

function isType<T extends Ast>(node: Ast, type: T['type']): node is T {
  return node.type === type;
}
