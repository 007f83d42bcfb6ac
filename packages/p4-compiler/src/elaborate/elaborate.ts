import type { CheckedProgram } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import type * as ast from '../syntax/ast.js';
import { architectureOf, SUPPORTED_PACKAGES } from './architecture.js';
import { Elaborator } from './blocks.js';
import type { ActionInstance, ElaboratedProgram, Instance, Scope, Value } from './instance.js';
import { externalName, undotted } from './names.js';
import { NO_BINDINGS } from './types.js';

/**
 * Runs the constructors of a program (P4_16 §18.2): gives the tree of instances under `main`, with constructor
 * arguments evaluated and control-plane names made. Undefined, with a diagnostic, when there is nothing to build.
 */
export function elaborate(checked: CheckedProgram, diagnostics: Diagnostics): ElaboratedProgram | undefined {
  const { main } = checked;
  if (!main) {
    diagnostics.error('P4C401', 'the program instantiates no `main` package, so there is nothing to compile');
    return undefined;
  }
  const globals = new Map<ast.Declaration, Instance>();
  const values = new Map<ast.Declaration, Value>();
  const scope: Scope = { types: NO_BINDINGS, values };
  const actions = new Map<ast.ActionDeclaration, ActionInstance>();
  const elaborator = new Elaborator(checked, diagnostics);
  for (const decl of checked.program.declarations) {
    if (decl.kind === 'ActionDeclaration') {
      actions.set(decl, { kind: 'action', decl, name: undotted(externalName(decl)) });
    }
    if (decl.kind !== 'InstanceDeclaration' || decl === main) continue;
    const instance = elaborator.instantiateDeclaration(decl, scope, '');
    if (!instance) continue;
    globals.set(decl, instance);
    values.set(decl, { kind: 'instance', instance });
  }
  const instance = elaborator.instantiateDeclaration(main, scope, '');
  if (!instance) return undefined;
  if (instance.kind !== 'package') {
    diagnostics.error('P4C401', '`main` must be an instance of a package', main.span);
    return undefined;
  }
  const architecture = architectureOf(instance.decl.name.text);
  if (!architecture) {
    diagnostics.error(
      'P4C501',
      `unknown architecture: \`main\` is a ${instance.decl.name.text}, expected one of ${SUPPORTED_PACKAGES.join(', ')}`,
      main.span,
    );
    return undefined;
  }
  return { checked, architecture, main: instance, globals, scope, actions };
}
