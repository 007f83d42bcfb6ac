import type { Diagnostics } from '../diagnostics.js';
import {
  appliedBlock,
  type BlockInstance,
  bodyOf,
  type ElaboratedProgram,
  evaluateBoolean,
  type Reach,
  reach,
  walkStatements,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { labelled, typeOfParameter } from './blocks.js';
import { variable } from './build.js';
import { declareLocals } from './calls.js';
import type { CoreAction, CoreControl, CoreProgram, Expr, Label, Variable } from './core.js';
import { type Frame, Normaliser } from './normaliser.js';
import { normaliseParser } from './parsers.js';
import { statements } from './statements.js';

/** What each parameter of a block of the package is, by position. */
export type ParameterRole = Exclude<Variable['role'], 'local' | 'actionData'> | 'packet';

export interface PackageShape {
  readonly parser: { readonly param: string; readonly roles: readonly ParameterRole[] };
  readonly controls: readonly { readonly param: string; readonly roles: readonly ParameterRole[] }[];
}

/** v1model's V1Switch. */
export const V1_SWITCH: PackageShape = {
  parser: { param: 'p', roles: ['packet', 'headers', 'metadata', 'standardMetadata'] },
  controls: [
    { param: 'vr', roles: ['headers', 'metadata'] },
    { param: 'ig', roles: ['headers', 'metadata', 'standardMetadata'] },
    { param: 'eg', roles: ['headers', 'metadata', 'standardMetadata'] },
    { param: 'ck', roles: ['headers', 'metadata'] },
    { param: 'dep', roles: ['packet', 'headers'] },
  ],
};

/**
 * Turns the bodies of a package's blocks into straight code over variables (see `CoreProgram`). Undefined, with
 * diagnostics, when the package does not have the blocks that `shape` expects.
 */
export function normalise(
  program: ElaboratedProgram,
  shape: PackageShape,
  diagnostics: Diagnostics,
): CoreProgram | undefined {
  const n = new Normaliser(program, diagnostics);
  const roles = new Map<Variable['role'], Variable>();
  const parserBlock = packageBlock(program, shape.parser.param, diagnostics);
  if (!parserBlock) return undefined;
  countApplications(n, parserBlock);
  const parser = normaliseParser(n, topFrame(n, parserBlock, shape.parser.roles, roles, 'parser'));
  const controls = new Map<string, CoreControl>();
  const reached = reach(program);
  for (const { param, roles: expected } of shape.controls) {
    const block = packageBlock(program, param, diagnostics);
    if (!block) return undefined;
    countApplications(n, block);
    const frame = topFrame(n, block, expected, roles, 'control');
    controls.set(param, normaliseControl(n, frame, reached));
  }
  return { parser, controls, roles, locals: n.locals };
}

function packageBlock(
  program: ElaboratedProgram,
  param: string,
  diagnostics: Diagnostics,
): BlockInstance | undefined {
  const value = program.main.args.get(param);
  if (value?.kind === 'instance' && value.instance.kind === 'block') return value.instance;
  diagnostics.error(
    'P4C503',
    `the package ${program.main.decl.name.text} has no block \`${param}\`; its architecture file may be of another version`,
    program.main.span,
  );
  return undefined;
}

function topFrame(
  n: Normaliser,
  block: BlockInstance,
  expected: readonly ParameterRole[],
  roles: Map<Variable['role'], Variable>,
  place: Frame['place'],
): Frame {
  const bindings = new Map<ast.Declaration, Expr>();
  block.decl.params.forEach((param, i) => {
    const role = expected[i];
    if (!role || role === 'packet') return;
    const type = typeOfParameter(n, block.scope.types, param);
    if (role === 'headers' && !roles.has(role)) n.reserve(type);
    const known = roles.get(role) ?? { role, name: role, type };
    roles.set(role, known);
    bindings.set(param, variable(known, param.span));
  });
  const frame: Frame = {
    block,
    types: block.scope.types,
    bindings,
    instances: new Map(),
    copyOut: [],
    place,
  };
  n.frames.set(block, frame);
  return frame;
}

function normaliseControl(n: Normaliser, frame: Frame, reached: Reach): CoreControl {
  const { block } = frame;
  const { decl, name } = block;
  const label: Label = { name };
  const before = new Set(n.tables.keys());
  const body = n.capture(() => {
    declareLocals(n, frame, decl.locals);
    if (decl.kind === 'ControlDeclaration') {
      statements(n, { ...frame, exit: { label } }, decl.body.statements);
    }
  });
  const tables = [...n.tables].filter(([instance]) => !before.has(instance)).map(([, table]) => table);
  const actions = new Set<CoreAction>(tables.flatMap((table) => table.actions.map((use) => use.action)));
  const objects = reached.blocks.find((candidate) => candidate.block === block)?.objects ?? [];
  return {
    name,
    body: labelled(label, body, decl.span),
    actions: [...actions],
    tables,
    externs: objects.flatMap((object) =>
      object.kind === 'extern' ? [object] : [...object.inPlace.values()],
    ),
    span: decl.span,
  };
}

/** Counts the places that apply each block, in everything that `root` can reach. */
function countApplications(n: Normaliser, root: BlockInstance): void {
  const seen = new Set<BlockInstance>();
  const visit = (block: BlockInstance): void => {
    if (seen.has(block)) return;
    seen.add(block);
    walkStatements(
      bodyOf(block.decl),
      (e) => {
        if (e.kind !== 'CallExpression') return;
        const { target } = n.program.checked.callOf(e);
        if (target.kind !== 'blockApply') return;
        const callee = appliedBlock(n.program, block, e, target.object);
        if (!callee) return;
        n.applications.set(callee, (n.applications.get(callee) ?? 0) + 1);
        visit(callee);
      },
      (condition) => evaluateBoolean(n.program.checked, condition, block.scope),
    );
  };
  visit(root);
}
