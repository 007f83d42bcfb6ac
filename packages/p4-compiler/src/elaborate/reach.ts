import type * as ast from '../syntax/ast.js';
import { evaluateBoolean } from './evaluate.js';
import type {
  ActionInstance,
  BlockInstance,
  ElaboratedProgram,
  ExternInstance,
  Instance,
  PackageInstance,
  TableInstance,
  ValueSetInstance,
} from './instance.js';
import { bodyOf, walkExpression, walkStatements } from './walk.js';

/** A block of the package with everything that is inlined into it, in the order that the control plane lists. */
export interface ReachedBlock {
  readonly block: BlockInstance;
  /** Actions of tables and those called by controls; those declared at the top level first. */
  readonly actions: readonly ReachedAction[];
  /** Externs and applied tables, in order of declaration, those of an inlined block after its instance. */
  readonly objects: readonly (ExternInstance | TableInstance)[];
  readonly valueSets: readonly ValueSetInstance[];
  /** Calls of extern functions that can be reached: those in listed actions first, then those in the body. */
  readonly externCalls: readonly { readonly call: ast.CallExpression; readonly block: BlockInstance }[];
}

export interface ReachedAction {
  readonly action: ActionInstance;
  /** No table has it: the calls in the program bind all of its parameters. */
  readonly calledOnly: boolean;
}

/** What the control plane can see of a program: nothing that no packet can reach (as p4c's front end removes it). */
export interface Reach {
  readonly globals: readonly ExternInstance[];
  readonly blocks: readonly ReachedBlock[];
}

type Calls = { call: ast.CallExpression; block: BlockInstance }[];

export function reach(program: ElaboratedProgram): Reach {
  const roots: (Instance | undefined)[] = [...program.globals.values(), program.main];
  const globals: ExternInstance[] = [];
  const blocks: ReachedBlock[] = [];
  const seen = new Set<Instance>();
  // Breadth first over packages, as p4c visits evaluated blocks.
  for (let root = roots.shift(); root; root = roots.shift()) {
    if (seen.has(root)) continue;
    seen.add(root);
    if (root.kind === 'extern') globals.push(root);
    else if (root.kind === 'package') roots.push(...argumentInstances(root));
    else if (blockIsUsed(program, root)) blocks.push(new BlockReach(program, root).result());
  }
  return { globals, blocks };
}

function argumentInstances(instance: PackageInstance): Instance[] {
  return [...instance.args.values()].flatMap((value) => (value.kind === 'instance' ? [value.instance] : []));
}

/** A control or parser declared as a global instance counts only when the package uses it. */
function blockIsUsed(program: ElaboratedProgram, block: BlockInstance): boolean {
  for (const global of program.globals.values()) {
    if (global !== block) continue;
    const packages = [program.main, ...program.globals.values()].filter((i) => i.kind === 'package');
    return packages.some((p) => argumentInstances(p).includes(block));
  }
  return true;
}

class BlockReach {
  readonly #tables = new Set<TableInstance>();
  readonly #blocks = new Set<BlockInstance>();
  readonly #called = new Set<ActionInstance>();
  readonly #bodyCalls: Calls = [];

  constructor(
    readonly program: ElaboratedProgram,
    readonly root: BlockInstance,
  ) {
    this.#enter(root);
  }

  #enter(block: BlockInstance): void {
    if (this.#blocks.has(block)) return;
    this.#blocks.add(block);
    this.#walk(bodyOf(block.decl), block, this.#bodyCalls, new Set());
  }

  /** Follows tables, blocks, actions and functions from the expressions of reachable statements. */
  #walk(
    statements: readonly ast.Statement[],
    block: BlockInstance,
    calls: Calls,
    through: Set<ast.Node>,
  ): void {
    const { checked } = this.program;
    const known = (condition: ast.Expression) => evaluateBoolean(checked, condition, block.scope);
    const visit = (e: ast.Expression): void => {
      if (e.kind !== 'CallExpression') return;
      const { target } = checked.callOf(e);
      switch (target.kind) {
        case 'tableApply': {
          const table = block.tables.get(target.decl);
          if (!table || this.#tables.has(table)) break;
          this.#tables.add(table);
          for (const key of table.decl.key ?? []) walkExpression(key.expression, visit, known);
          break;
        }
        case 'blockApply': {
          const callee = appliedBlock(this.program, block, e, target.object);
          if (callee) this.#enter(callee);
          break;
        }
        case 'externFunction':
          calls.push({ call: e, block });
          break;
        case 'action':
        case 'function':
          if (target.kind === 'action' && through.size === 0) this.#call(block, target.decl);
          if (through.has(target.decl)) break;
          this.#walk(target.decl.body.statements, block, calls, new Set([...through, target.decl]));
          break;
        default:
          break;
      }
    };
    walkStatements(statements, visit, known);
  }

  #call(block: BlockInstance, decl: ast.ActionDeclaration): void {
    const action = block.actions.get(decl) ?? this.program.actions.get(decl);
    if (action) this.#called.add(action);
  }

  result(): ReachedBlock {
    const objects: (ExternInstance | TableInstance)[] = [];
    const valueSets: ValueSetInstance[] = [];
    const local: ActionInstance[] = [];
    const owners: BlockInstance[] = [];
    this.#list(this.root, objects, valueSets, local, owners);
    const ofTables = this.#tableActions(objects);
    const used = new Set([...ofTables, ...this.#called]);
    const global = [...used].filter((action) => !action.block);
    const inOrder = [...global, ...local.filter((action) => used.has(action))];
    const actions = inOrder.map((action) => ({ action, calledOnly: !ofTables.has(action) }));
    const actionCalls: Calls = [];
    for (const { action } of actions) {
      this.#walk(action.decl.body.statements, action.block ?? this.root, actionCalls, new Set([action.decl]));
    }
    return {
      block: this.root,
      actions,
      objects,
      valueSets,
      externCalls: [...actionCalls, ...this.#bodyCalls],
    };
  }

  #list(
    block: BlockInstance,
    objects: (ExternInstance | TableInstance)[],
    valueSets: ValueSetInstance[],
    actions: ActionInstance[],
    owners: BlockInstance[],
  ): void {
    owners.push(block);
    const inner = (instance: Instance): void => {
      if (instance.kind === 'extern') objects.push(instance);
      else if (instance.kind === 'block' && this.#blocks.has(instance) && !owners.includes(instance)) {
        this.#list(instance, objects, valueSets, actions, owners);
      }
    };
    for (const param of block.decl.constructorParams) {
      const value = block.scope.values.get(param);
      if (value?.kind !== 'instance' || value.instance.kind === 'package') continue;
      if (value.instance.kind === 'extern' && value.instance.inConstructor) inner(value.instance);
    }
    for (const local of block.decl.locals) {
      const instance = block.instances.get(local);
      if (instance) inner(instance);
      if (local.kind === 'ActionDeclaration') actions.push(block.actions.get(local)!);
      if (local.kind === 'ValueSetDeclaration') valueSets.push(block.valueSets.get(local)!);
      if (local.kind !== 'TableDeclaration') continue;
      const table = block.tables.get(local)!;
      if (this.#tables.has(table)) objects.push(table);
    }
    for (const [key, instance] of block.instances) if (key.kind === 'CallExpression') inner(instance);
  }

  #tableActions(objects: readonly (ExternInstance | TableInstance)[]): ReadonlySet<ActionInstance> {
    const used = new Set<ActionInstance>();
    for (const object of objects) {
      if (object.kind !== 'table') continue;
      for (const { action } of tableActions(this.program, object)) used.add(action);
    }
    return used;
  }
}

/** The block instance that `object.apply()` runs: a local instance, a constructor argument or one made on the spot. */
export function appliedBlock(
  program: ElaboratedProgram,
  block: BlockInstance,
  call: ast.CallExpression,
  object: ast.Expression,
): BlockInstance | undefined {
  const direct = block.instances.get(call);
  if (direct?.kind === 'block') return direct;
  if (object.kind !== 'PathExpression') return undefined;
  const decl = program.checked.declarationOf(object);
  const value = decl && block.scope.values.get(decl);
  return value?.kind === 'instance' && value.instance.kind === 'block' ? value.instance : undefined;
}

export interface TableActionUse {
  readonly action: ActionInstance;
  readonly annotations: readonly ast.Annotation[];
  /** The call in the table's action list, which binds parameters with a direction. Absent for an implied NoAction. */
  readonly call?: ast.TableActionCall;
}

/** The actions of a table in order, with the NoAction that a table without `default_action` has (P4_16 §14.2.1.3). */
export function tableActions(program: ElaboratedProgram, table: TableInstance): readonly TableActionUse[] {
  const uses: TableActionUse[] = [];
  for (const { action: call, annotations } of table.decl.actions) {
    const action = actionOf(program, table.block, call.path);
    if (action) uses.push({ action, annotations, call });
  }
  if (!table.decl.defaultAction && !uses.some((use) => use.action.decl.name.text === 'NoAction')) {
    const noAction = implicitNoAction(program);
    if (noAction) uses.push({ action: noAction, annotations: [DEFAULT_ONLY(table.decl)], call: undefined });
  }
  return uses;
}

export function implicitNoAction(program: ElaboratedProgram): ActionInstance | undefined {
  return [...program.actions.values()].find((action) => action.decl.name.text === 'NoAction');
}

export function actionOf(
  program: ElaboratedProgram,
  block: BlockInstance,
  path: ast.PathExpression,
): ActionInstance | undefined {
  const decl = program.checked.declarationOf(path);
  if (decl?.kind !== 'ActionDeclaration') return undefined;
  return block.actions.get(decl) ?? program.actions.get(decl);
}

const DEFAULT_ONLY = (table: ast.TableDeclaration): ast.Annotation => ({
  name: 'defaultonly',
  span: table.span,
});
