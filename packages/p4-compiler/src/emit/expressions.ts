import type { Type } from '../check/types.js';
import { bitsOf, flatFields, type Location, locate } from '../lower/index.js';
import { type Expr, isComparison } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type { JsonExpression, JsonFieldReference, JsonOperation, JsonValue } from './bmv2-values.js';
import type { EmitContext } from './context.js';

/** `0x2a`, filled up to `bytes` bytes; a sign stands in front. */
export function hex(value: bigint, bytes = 0): string {
  const digits = (value < 0n ? -value : value).toString(16).padStart(bytes * 2, '0');
  return `${value < 0n ? '-' : ''}0x${digits}`;
}

export function bytesFor(width: number): number {
  return Math.ceil(width / 8);
}

/** A number whose written length follows from its type. */
export function number(value: bigint, width: number): JsonValue {
  return { type: 'hexstr', value: hex(value, bytesFor(width)) };
}

function operation(
  op: string,
  left: JsonValue | null,
  right: JsonValue | number,
  cond?: JsonValue,
): JsonExpression {
  const value: JsonOperation = cond === undefined ? { op, left, right } : { op, left, right, cond };
  return { type: 'expression', value };
}

/** The most bits that the amount of a shift may have on this target, which computes without a bound. */
const MAX_SHIFT_BITS = 8;

/**
 * Writes expressions for BMv2, whose numbers have no width: what P4 wraps is masked (unsigned) or brought back into
 * range (`two_comp_mod`, signed). Booleans are stored as numbers: `d2b` and `b2d` convert.
 */
export class ExpressionWriter {
  constructor(readonly context: EmitContext) {}

  /** The right side of an assignment, or another parameter that may be an expression: wrapped once more. */
  wrapped(e: Expr): JsonValue {
    const value = this.parameter(e);
    return value.type === 'expression' || value.type === 'stack_field'
      ? { type: 'expression', value: value as JsonExpression }
      : value;
  }

  /** A parameter of a primitive: a field or a number where it can be one. Booleans are numbers here. */
  parameter(e: Expr): JsonValue {
    if (e.kind === 'const') return number(e.value, bitsOf(e.type));
    if (e.kind === 'variable' && e.variable.role === 'actionData') {
      return { type: 'runtime_data', value: e.variable.index! };
    }
    const location = locate(e);
    if (location?.kind === 'field') return { type: 'field', value: [location.header, location.field] };
    if (e.kind === 'lookahead') return { type: 'lookahead', value: [0, bitsOf(e.type)] };
    if (e.kind === 'string') return { type: 'string', value: e.value };
    if (location && location.kind !== 'elementField') return this.#object(location, e);
    return e.type.kind === 'bool' ? this.#asNumber(e) : this.operand(e);
  }

  /** A field to be written. */
  target(e: Expr): JsonValue {
    const location = locate(e);
    if (location?.kind !== 'elementField') return this.parameter(e);
    return { type: 'expression', value: this.#elementField(location, e.span) as JsonExpression };
  }

  field(e: Expr): JsonFieldReference | undefined {
    if (e.kind === 'valid') {
      const header = locate(e.header);
      return header?.kind === 'header' ? [header.name, '$valid$'] : undefined;
    }
    const location = locate(e);
    return location?.kind === 'field' ? [location.header, location.field] : undefined;
  }

  /** A condition: the target expects a boolean, and an expression or the constant. */
  condition(e: Expr): JsonValue {
    return this.operand(e);
  }

  /** An operand inside of an expression; booleans are booleans here. */
  operand(e: Expr): JsonValue {
    switch (e.kind) {
      case 'const':
        if (e.type.kind === 'bool') return { type: 'bool', value: e.value === 1n };
        return number(e.value, bitsOf(e.type));
      case 'variable':
      case 'member':
      case 'index':
        return this.#place(e);
      case 'stack':
        if (e.which === 'lastIndex') return operation('last_stack_index', null, this.parameter(e.target));
        return this.#place(e);
      case 'slice':
        return this.#mask(shiftedRight(this.operand(e.target), e.lo), e.type);
      case 'unary':
        return this.#unary(e);
      case 'binary':
        return this.#binary(e);
      case 'mux':
        return this.#mux(e);
      case 'cast':
        return this.#cast(e);
      case 'valid':
        return this.#valid(e);
      default:
        this.context.limit('this value cannot be part of an expression on this target', e.span);
        return number(0n, 8);
    }
  }

  #place(e: Expr): JsonValue {
    const field = this.#number(e);
    return e.type.kind === 'bool' ? operation('d2b', null, field) : field;
  }

  /** A place as a number, though it may hold a boolean. */
  #number(e: Expr): JsonValue {
    if (e.kind === 'variable' && e.variable.role === 'actionData') {
      return { type: 'local', value: e.variable.index! };
    }
    const location = locate(e);
    if (location?.kind === 'field') return { type: 'field', value: [location.header, location.field] };
    if (location?.kind === 'elementField') return this.#elementField(location, e.span);
    if (location) return this.#object(location, e);
    this.context.limit('this place cannot be read on this target', e.span);
    return number(0n, 8);
  }

  #elementField(location: Location & { kind: 'elementField' }, span: Span): JsonValue {
    const { stack, at, type, field } = location;
    if (at === 'last') return { type: 'stack_field', value: [stack, field] };
    if (at === 'next') {
      this.context.limit(`${stack}.next can be extracted into, but not read or written`, span);
      return { type: 'stack_field', value: [stack, field] };
    }
    const index = flatFields(type).findIndex((candidate) => candidate.name === field);
    return operation('access_field', this.#element(stack, at), index);
  }

  #element(stack: string, at: Expr): JsonValue {
    return operation('dereference_header_stack', { type: 'header_stack', value: stack }, this.operand(at));
  }

  #object(location: Location, e: Expr): JsonValue {
    switch (location.kind) {
      case 'header':
        return { type: 'header', value: location.name };
      case 'stack':
        return location.element.kind === 'headerUnion'
          ? { type: 'header_union_stack', value: location.name }
          : { type: 'header_stack', value: location.name };
      case 'union':
        return { type: 'header_union', value: location.name };
      case 'struct':
        return { type: 'header', value: location.owner };
      case 'element':
        if (typeof location.at !== 'string') return this.#element(location.stack, location.at);
        break;
      default:
        break;
    }
    this.context.limit('this header cannot be used here on this target', e.span);
    return { type: 'header', value: '' };
  }

  #valid(e: Expr & { kind: 'valid' }): JsonValue {
    const location = locate(e.header);
    switch (location?.kind) {
      case 'header':
        return operation('d2b', null, { type: 'field', value: [location.name, '$valid$'] });
      case 'union':
        return operation('valid_union', null, { type: 'header_union', value: location.name });
      case 'element':
        if (typeof location.at !== 'string')
          return operation('valid', null, this.#element(location.stack, location.at));
        if (location.at === 'last') {
          return operation('d2b', null, { type: 'stack_field', value: [location.stack, '$valid$'] });
        }
        break;
      default:
        break;
    }
    this.context.limit('isValid() of this header cannot be evaluated on this target', e.span);
    return { type: 'bool', value: false };
  }

  #unary(e: Expr & { kind: 'unary' }): JsonValue {
    const operand = this.operand(e.operand);
    if (e.op === '!') return operation('not', null, operand);
    if (e.op === '~') return this.#mask(operation('~', null, operand), e.type);
    return this.#mask(operation('-', number(0n, 8), operand), e.type);
  }

  #binary(e: Expr & { kind: 'binary' }): JsonValue {
    const { op, left, right } = e;
    if (isComparison(op)) {
      if (left.type.kind === 'bool') return operation(op, this.#asNumber(left), this.#asNumber(right));
      return operation(op, this.operand(left), this.operand(right));
    }
    switch (op) {
      case '&&':
        return operation('and', this.operand(left), this.operand(right));
      case '||':
        return operation('or', this.operand(left), this.operand(right));
      case '++':
        return this.#concatenation(e);
      case '|+|':
      case '|-|': {
        const sum = operation(op === '|+|' ? '+' : '-', this.operand(left), this.operand(right));
        const bound = e.type.kind === 'fixedInt' ? 'sat_cast' : 'usat_cast';
        return operation(bound, sum, number(BigInt(bitsOf(e.type)), 8));
      }
      case '<<':
      case '>>': {
        this.#checkShift(right);
        const shifted = operation(op, this.operand(left), this.operand(right));
        return op === '<<' ? this.#mask(shifted, e.type) : shifted;
      }
      case '&':
      case '|':
      case '^':
      case '/':
      case '%':
        return operation(op, this.operand(left), this.operand(right));
      default:
        return this.#mask(operation(op, this.operand(left), this.operand(right)), e.type);
    }
  }

  #checkShift(amount: Expr): void {
    if (amount.kind === 'const' || bitsOf(amount.type) <= MAX_SHIFT_BITS) return;
    this.context.limit(
      `the amount of a shift may have at most ${MAX_SHIFT_BITS} bits on this target, this one has ${bitsOf(amount.type)}; cast it to bit<${MAX_SHIFT_BITS}>`,
      amount.span,
    );
  }

  #concatenation(e: Expr & { kind: 'binary' }): JsonValue {
    const width = bitsOf(e.right.type);
    const left = operation('<<', this.operand(e.left), number(BigInt(width), 8));
    const right = this.operand(e.right);
    const low = e.right.type.kind === 'fixedInt' ? this.#mask(right, { kind: 'bit', width }) : right;
    const both = operation('|', left, low);
    const mixed = e.left.type.kind === 'fixedInt' || e.type.kind === 'fixedInt';
    return mixed ? this.#mask(both, e.type) : both;
  }

  #mux(e: Expr & { kind: 'mux' }): JsonValue {
    const condition = this.operand(e.condition);
    if (e.type.kind !== 'bool') return operation('?', this.operand(e.yes), this.operand(e.no), condition);
    const no = operation('and', operation('not', null, condition), this.operand(e.no));
    return operation('or', operation('and', condition, this.operand(e.yes)), no);
  }

  #cast(e: Expr & { kind: 'cast' }): JsonValue {
    const from = e.operand.type;
    if (e.type.kind === 'bool') {
      return from.kind === 'bool'
        ? this.operand(e.operand)
        : operation('!=', this.operand(e.operand), number(0n, 8));
    }
    if (from.kind === 'bool') return this.#asNumber(e.operand);
    const operand = this.operand(e.operand);
    return keepsValue(from, e.type) ? operand : this.#mask(operand, e.type);
  }

  /** A boolean as 0 or 1. */
  #asNumber(e: Expr): JsonValue {
    if (e.kind === 'const') return number(e.value, 1);
    if (e.kind === 'cast' && e.type.kind === 'bool' && e.operand.type.kind === 'bool')
      return this.#asNumber(e.operand);
    if (locate(e) || (e.kind === 'variable' && e.variable.role === 'actionData')) return this.#number(e);
    return operation('b2d', null, this.operand(e));
  }

  /** Brings a number into the range of its type. */
  #mask(value: JsonValue, type: Type): JsonValue {
    const width = bitsOf(type);
    if (type.kind === 'fixedInt') return operation('two_comp_mod', value, number(BigInt(width), 8));
    return operation('&', value, number((1n << BigInt(width)) - 1n, width));
  }
}

function shiftedRight(value: JsonValue, lo: number): JsonValue {
  return lo === 0 ? value : operation('>>', value, number(BigInt(lo), 8));
}

/** Whether every value of `from` is in the range of `to`. */
function keepsValue(from: Type, to: Type): boolean {
  const a = bitsOf(from);
  const b = bitsOf(to);
  const fromSigned = from.kind === 'fixedInt';
  const toSigned = to.kind === 'fixedInt';
  if (fromSigned === toSigned) return a <= b;
  return toSigned && a < b;
}
