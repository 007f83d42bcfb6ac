import type { CheckedProgram, Type } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { evaluate, evaluateInteger } from './evaluate.js';
import type {
  ActionInstance,
  BlockInstance,
  ExternInstance,
  Instance,
  Scope,
  TableInstance,
  Value,
  ValueSetInstance,
} from './instance.js';
import { externalName, findAnnotation, NameGenerator, qualify, undotted } from './names.js';
import { bindTypes, substitute, typeText } from './types.js';
import { directApplications } from './walk.js';

/** Nesting of blocks deeper than this is taken for a block that contains itself. */
const MAX_DEPTH = 64;

type Construction = ast.InstanceDeclaration | ast.CallExpression | ast.ConstructorExpression;

/** Where a new instance stands: the scope its arguments are evaluated in, and the path of names above it. */
interface Site {
  readonly scope: Scope;
  readonly prefix: string;
  readonly name: string;
  readonly annotations: readonly ast.Annotation[];
  readonly parent?: BlockInstance;
  readonly depth: number;
  readonly inPlace: boolean;
  readonly inConstructor?: boolean;
}

/** Turns constructor calls into instances, depth first. */
export class Elaborator {
  readonly #specialised: NameGenerator;
  constructor(
    readonly checked: CheckedProgram,
    readonly diagnostics: Diagnostics,
  ) {
    this.#specialised = new NameGenerator(
      checked.program.declarations.flatMap((decl) => ('name' in decl ? [decl.name.text] : [])),
    );
  }

  instantiateDeclaration(decl: ast.InstanceDeclaration, scope: Scope, prefix: string): Instance | undefined {
    return this.#construct(decl, {
      scope,
      prefix,
      name: externalName(decl),
      annotations: decl.annotations,
      depth: 0,
      inPlace: false,
    });
  }

  #construct(call: Construction, site: Site): Instance | undefined {
    const resolved = this.checked.callOf(call);
    if (resolved.target.kind !== 'constructor') return undefined;
    const type = substitute(resolved.target.type, site.scope.types);
    const span = call.span;
    if (site.depth > MAX_DEPTH) {
      this.diagnostics.error('P4C402', `${typeText(type)} contains itself`, span);
      return undefined;
    }
    const args = this.#args(resolved.args, site);
    if (!args) return undefined;
    const name = qualify(site.prefix, site.name);
    const named = new Map([...args].map(([param, value]) => [param.name.text, value]));
    switch (type.kind) {
      case 'package':
        return { kind: 'package', decl: type.decl, name, args: named, annotations: site.annotations, span };
      case 'extern':
        return {
          kind: 'extern',
          decl: type.decl,
          typeArgs: type.typeArgs,
          name,
          args: named,
          annotations: site.annotations,
          inPlace: site.inPlace,
          inConstructor: site.inConstructor ?? false,
          span,
          body: call.kind === 'InstanceDeclaration' ? call.body : undefined,
        };
      case 'parser':
      case 'control':
        return this.#block(type, args, site, name, span);
      default:
        this.diagnostics.error('P4C403', `${typeText(type)} cannot be instantiated`, span);
        return undefined;
    }
  }

  #args(
    args: ReturnType<CheckedProgram['callOf']>['args'],
    site: Site,
  ): Map<ast.Parameter, Value> | undefined {
    const values = new Map<ast.Parameter, Value>();
    for (const { param, value: expression } of args) {
      if (!expression) continue;
      const value = this.#argument(expression, param, site);
      if (value) {
        values.set(param, value);
        continue;
      }
      this.diagnostics.error(
        'P4C404',
        `the argument for constructor parameter \`${param.name.text}\` must be known at compile time`,
        expression.span,
      );
      return undefined;
    }
    return values;
  }

  #argument(expression: ast.Expression, param: ast.Parameter, site: Site): Value | undefined {
    if (isConstruction(this.checked, expression)) {
      const instance = this.#construct(expression, {
        ...site,
        prefix: qualify(site.prefix, site.name),
        name: param.name.text,
        annotations: [],
        depth: site.depth + 1,
        inConstructor: true,
      });
      return instance && { kind: 'instance', instance };
    }
    return evaluate(this.checked, expression, site.scope);
  }

  #block(
    type: Type & { kind: 'parser' | 'control' },
    args: Map<ast.Parameter, Value>,
    site: Site,
    path: string,
    span: Span,
  ): BlockInstance | undefined {
    const { decl } = type;
    if (decl.kind !== 'ParserDeclaration' && decl.kind !== 'ControlDeclaration') {
      this.diagnostics.error('P4C403', `${decl.name.text} has no body and cannot be instantiated`, span);
      return undefined;
    }
    const types = bindTypes(decl.typeParams, type.typeArgs, site.scope.types);
    const values = new Map(site.scope.values);
    for (const [param, value] of args) values.set(param, value);
    const instances = new Map<ast.Declaration | ast.CallExpression, Instance>();
    const tables = new Map<ast.TableDeclaration, TableInstance>();
    const actions = new Map<ast.ActionDeclaration, ActionInstance>();
    const valueSets = new Map<ast.ValueSetDeclaration, ValueSetInstance>();
    const block: BlockInstance = {
      kind: 'block',
      decl,
      name: site.parent ? path : this.#topName(decl, type.typeArgs.length > 0 || args.size > 0),
      scope: { types, values },
      instances,
      tables,
      actions,
      valueSets,
      parent: site.parent,
    };
    const inside = { scope: block.scope, prefix: block.name, parent: block, depth: site.depth + 1 };
    for (const local of decl.locals) {
      const name = qualify(block.name, externalName(local));
      if (local.kind === 'ConstantDeclaration') {
        const value = evaluate(this.checked, local.value, block.scope);
        if (value) values.set(local, value);
      } else if (local.kind === 'InstanceDeclaration') {
        const instance = this.#construct(local, {
          ...inside,
          name: externalName(local),
          annotations: local.annotations,
          inPlace: false,
        });
        if (!instance) continue;
        instances.set(local, instance);
        values.set(local, { kind: 'instance', instance });
      } else if (local.kind === 'ActionDeclaration') {
        actions.set(local, { kind: 'action', decl: local, name, block });
      } else if (local.kind === 'TableDeclaration') {
        tables.set(local, {
          kind: 'table',
          decl: local,
          name,
          block,
          inPlace: this.#properties(local, inside),
        });
      } else if (local.kind === 'ValueSetDeclaration') {
        valueSets.set(local, this.#valueSet(local, name, block.scope));
      }
    }
    for (const { call, typeName } of directApplications(this.checked, decl)) {
      const instance = this.#directBlock(call, typeName, {
        ...inside,
        name: typeName,
        annotations: [],
        inPlace: false,
      });
      if (instance) instances.set(call, instance);
    }
    return block;
  }

  /** `C.apply(...)` makes an instance of C named after the type (P4_16 §14.1.1.1). */
  #directBlock(call: ast.CallExpression, typeName: string, site: Site): BlockInstance | undefined {
    const { target } = this.checked.callOf(call);
    if (target.kind !== 'blockApply') return undefined;
    const type = substitute(target.type, site.scope.types) as typeof target.type;
    return this.#block(type, new Map(), site, qualify(site.prefix, typeName), call.span);
  }

  #topName(decl: ast.ParserDeclaration | ast.ControlDeclaration, specialised: boolean): string {
    return specialised ? this.#specialised.fresh(decl.name.text) : decl.name.text;
  }

  #properties(
    table: ast.TableDeclaration,
    inside: Omit<Site, 'name' | 'annotations' | 'inPlace'>,
  ): ReadonlyMap<string, ExternInstance> {
    const found = new Map<string, ExternInstance>();
    for (const property of table.properties) {
      if (!isConstruction(this.checked, property.value)) continue;
      const named = findAnnotation(property.annotations, 'name');
      const instance = this.#construct(property.value, {
        ...inside,
        // p4c leaves the name of a property absolute: it is not prefixed with the control's.
        name: named ? `.${undotted(externalName(property))}` : `${externalName(table)}.${property.name.text}`,
        annotations: property.annotations,
        inPlace: true,
      });
      if (instance?.kind === 'extern') found.set(property.name.text, instance);
    }
    return found;
  }

  #valueSet(decl: ast.ValueSetDeclaration, name: string, scope: Scope): ValueSetInstance {
    const size = evaluateInteger(this.checked, decl.size, scope);
    if (size === undefined || size < 0n) {
      this.diagnostics.error(
        'P4C404',
        'the size of a value set must be a non-negative constant',
        decl.size.span,
      );
    }
    const elementType = substitute(this.checked.typeOfNode(decl.type), scope.types);
    return { kind: 'valueSet', decl, name, size: Number(size ?? 0n), elementType };
  }
}

function isConstruction(
  checked: CheckedProgram,
  expression: ast.Expression,
): expression is ast.CallExpression | ast.ConstructorExpression {
  if (expression.kind === 'ConstructorExpression') return true;
  return expression.kind === 'CallExpression' && checked.callOf(expression).target.kind === 'constructor';
}
