import type { Type } from '../check/types.js';
import { isStructLike, underlying } from '../elaborate/index.js';
import type { Expr, Variable } from './core.js';

/** One step from a variable into a part of it; `*` stands for an element that is only known at run time. */
type Step = string;

interface Path {
  readonly root: Variable;
  readonly steps: readonly Step[];
}

/** Where a place is, or undefined for a value. */
export function pathOf(place: Expr): Path | undefined {
  switch (place.kind) {
    case 'variable':
      return { root: place.variable, steps: [] };
    case 'member':
      return extend(place.target, place.field);
    case 'index':
      return extend(place.target, place.index.kind === 'const' ? `[${place.index.value}]` : '*');
    case 'stack':
      return extend(place.target, '*');
    case 'slice':
      return pathOf(place.target);
    default:
      return undefined;
  }
}

function extend(target: Expr, step: Step): Path | undefined {
  const path = pathOf(target);
  return path && { root: path.root, steps: [...path.steps, step] };
}

export function isPlace(e: Expr): boolean {
  return pathOf(e) !== undefined;
}

/** A place that can be read and written again later and stay the same place: no slice, no element chosen at run time. */
export function isFixedPlace(e: Expr): boolean {
  if (e.kind === 'variable') return e.variable.role !== 'actionData';
  if (e.kind === 'member') return isFixedPlace(e.target);
  return e.kind === 'index' && e.index.kind === 'const' && isFixedPlace(e.target);
}

/** Whether writing one of two places may change the other. */
export function overlap(a: Expr, b: Expr): boolean {
  const left = pathOf(a);
  const right = pathOf(b);
  if (!left || !right || left.root !== right.root) return false;
  const length = Math.min(left.steps.length, right.steps.length);
  for (let i = 0; i < length; i++) {
    const x = left.steps[i]!;
    const y = right.steps[i]!;
    if (x !== y && x !== '*' && y !== '*') return false;
  }
  return true;
}

/** Whether evaluating `e` reads a place that overlaps `place`. */
export function mentions(e: Expr, place: Expr): boolean {
  if (isPlace(e))
    return overlap(e, place) || childrenOf(e).some((child) => !isPlace(child) && mentions(child, place));
  return childrenOf(e).some((child) => mentions(child, place));
}

export function childrenOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'member':
    case 'stack':
    case 'slice':
      return [e.target];
    case 'index':
      return [e.target, e.index];
    case 'unary':
    case 'cast':
      return [e.operand];
    case 'binary':
      return [e.left, e.right];
    case 'mux':
      return [e.condition, e.yes, e.no];
    case 'valid':
      return [e.header];
    case 'list':
      return e.elements;
    default:
      return [];
  }
}

/** Whether a value of this type has headers in it, which become invalid when it is declared without a value. */
export function hasHeaders(type: Type): boolean {
  if (type.kind === 'header' || type.kind === 'headerUnion' || type.kind === 'headerStack') return true;
  return isStructLike(type) && type.fields.some((field) => hasHeaders(underlying(field.type)));
}

/** Values that fit into one field of a target: numbers, booleans, errors, enums and varbits. */
export function isScalarType(type: Type): boolean {
  switch (type.kind) {
    case 'bit':
    case 'fixedInt':
    case 'bool':
    case 'error':
    case 'enum':
    case 'varbit':
      return true;
    default:
      return false;
  }
}
