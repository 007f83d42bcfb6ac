import type { Init, p4 } from 'p4runtime-js';
import type { Type } from '../check/types.js';
import {
  type ActionInstance,
  controlPlaneName,
  isHidden,
  type Scope,
  substitute,
  typeText,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields, documentation } from './annotations.js';
import { type Context, namedType, Prefix, preamble, wantedId } from './context.js';
import { fieldIds } from './symbols.js';
import { controlPlaneWidth } from './values.js';

const PARAMETER_KINDS: ReadonlySet<Type['kind']> = new Set([
  'bit',
  'fixedInt',
  'bool',
  'newtype',
  'serEnum',
  'enum',
]);

/**
 * P4Info of an action; undefined for a hidden one. Of `declared`, the parameters without a direction are the control
 * plane's. `scope` is that of the block which declares the action.
 */
export function describeAction(
  context: Context,
  action: ActionInstance,
  declared: readonly ast.Parameter[],
  scope: Scope,
): Init<p4.config.v1.Action> | undefined {
  const { decl, name } = action;
  if (isHidden(decl.annotations)) return undefined;
  const params = declared.filter((param) => param.direction === '');
  const ids = fieldIds(
    params,
    (param) => wantedId(param.annotations),
    (param, message) => context.diagnostics.error('P4C410', `${name}: ${message}`, param.span),
  );
  return {
    preamble: preamble(context, Prefix.ACTION, name, decl.annotations),
    params: params.map((param) => {
      const type = substitute(context.program.checked.typeOfParameter(param), scope.types);
      if (!PARAMETER_KINDS.has(type.kind)) {
        context.diagnostics.error(
          'P4C414',
          `parameter \`${param.name.text}\` of action ${name} is a ${typeText(type)}, which the control plane cannot give; expected bit<>, int<>, bool, a \`type\` or an enum`,
          param.span,
        );
      }
      const named = namedType(context, type, param);
      return {
        id: ids.get(param)!,
        name: controlPlaneName(param),
        bitwidth: type.kind === 'enum' ? 0 : controlPlaneWidth(type),
        typeName: type.kind === 'enum' ? { name: type.name } : named,
        doc: documentation(param.annotations),
        ...annotationFields(param.annotations),
      };
    }),
  };
}
