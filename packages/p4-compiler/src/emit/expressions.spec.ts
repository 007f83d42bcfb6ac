import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Type } from '../check/types.js';
import { Diagnostics } from '../diagnostics.js';
import { type ElaboratedProgram, foldInteger, integerOf, wrap } from '../elaborate/index.js';
import { binary, bits, cast, type Expr, slice, unary, type Variable, variable } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type { JsonValue } from './bmv2-values.js';
import { EmitContext } from './context.js';
import { ExpressionWriter } from './expressions.js';

const span: Span = { file: { path: 'test.p4', text: '' }, start: 0, end: 0 };

/** What BMv2 does with an expression: numbers without a width, and the few operations that bring them back. */
function run(value: JsonValue, fields: ReadonlyMap<string, bigint>): bigint {
  if (value.type === 'hexstr') {
    return value.value.startsWith('-') ? -BigInt(value.value.slice(1)) : BigInt(value.value);
  }
  if (value.type === 'field') return fields.get(value.value[1])!;
  if (value.type === 'bool') return value.value ? 1n : 0n;
  assert.equal(value.type, 'expression');
  const inner = value.value as { op?: string; left?: JsonValue; right?: JsonValue; cond?: JsonValue };
  if (inner.op === undefined) return run(value.value as JsonValue, fields);
  const left = inner.left ? run(inner.left, fields) : 0n;
  const right = run(inner.right!, fields);
  switch (inner.op) {
    case 'two_comp_mod':
      return BigInt.asIntN(Number(right), left);
    case 'usat_cast':
      return left < 0n ? 0n : left >= 1n << right ? (1n << right) - 1n : left;
    case 'sat_cast': {
      const high = (1n << (right - 1n)) - 1n;
      return left > high ? high : left < -high - 1n ? -high - 1n : left;
    }
    case '?':
      return run(inner.cond!, fields) === 1n ? left : right;
    case '~':
      return ~right;
    case 'b2d':
    case 'd2b':
      return right;
    case 'not':
      return right === 0n ? 1n : 0n;
    default:
      return foldInteger(inner.op as '+', left, right, undefined)!;
  }
}

/** What P4 says that an expression is (P4_16 §8.6, §8.7). */
function meaning(e: Expr, values: ReadonlyMap<Variable, bigint>): bigint {
  switch (e.kind) {
    case 'variable':
      return values.get(e.variable)!;
    case 'const':
      return e.value;
    case 'binary': {
      const [left, right] = [meaning(e.left, values), meaning(e.right, values)];
      if (e.op !== '++') return foldInteger(e.op, left, right, integerOf(e.type))!;
      const width = integerOf(e.right.type)!.width;
      const joined = (left << BigInt(width)) | BigInt.asUintN(width, right);
      return wrap(joined, integerOf(e.type));
    }
    case 'unary': {
      const operand = meaning(e.operand, values);
      return wrap(e.op === '~' ? ~operand : -operand, integerOf(e.type));
    }
    case 'slice':
      return BigInt.asUintN(e.hi - e.lo + 1, meaning(e.target, values) >> BigInt(e.lo));
    case 'cast':
      return wrap(meaning(e.operand, values), integerOf(e.type));
    default:
      return assert.fail(e.kind);
  }
}

const WIDTH = 8;
const types: readonly Type[] = [bits(WIDTH), { kind: 'fixedInt', width: WIDTH }];
const variables = types.flatMap((type, t) =>
  [0, 1].map((i): Variable => ({ role: 'local', name: `v${t}${i}`, type })),
);

/** Expressions of one type, built as deep as `depth` from the variables of both types. */
function expressionOf(type: Type, depth: number): fc.Arbitrary<Expr> {
  const leaf = fc
    .constantFrom(...variables.filter((v) => v.type === type))
    .map((v): Expr => variable(v, span));
  if (depth === 0) return leaf;
  const same = expressionOf(type, depth - 1);
  const other = expressionOf(types.find((t) => t !== type)!, depth - 1);
  const number = fc.bigInt({ min: 0n, max: 9n });
  return fc.oneof(
    leaf,
    fc
      .tuple(fc.constantFrom('+', '-', '*', '&', '|', '^', '|+|', '|-|'), same, same)
      .map(([op, a, b]) => binary(op as '+', a, b, type, span)),
    fc
      .tuple(fc.constantFrom('<<', '>>'), same, number)
      .map(([op, a, n]) =>
        binary(op as '<<', a, { kind: 'const', value: n, type: bits(4), span }, type, span),
      ),
    fc.tuple(fc.constantFrom('~', '-'), same).map(([op, a]) => unary(op as '~', a, type, span)),
    other.map((a) => cast(a, type, span)),
    fc.tuple(same, other).map(([a, b]) => cast(binary('++', a, b, widened(type), span), type, span)),
    fc
      .tuple(other, fc.nat(3), fc.nat(3))
      .map(([a, lo, more]) => cast(slice(a, lo + more, lo, span), type, span)),
  );
}

function widened(type: Type): Type {
  return type.kind === 'fixedInt' ? { kind: 'fixedInt', width: 2 * WIDTH } : bits(2 * WIDTH);
}

describe('expressions for BMv2', () => {
  it('give what P4 says, though the target computes without widths', () => {
    const program = fc.constantFrom(...types).chain((type) => expressionOf(type, 3));
    const inputs = fc.tuple(
      ...variables.map((v) => fc.nat(255).map((n) => wrap(BigInt(n), integerOf(v.type)))),
    );
    fc.assert(
      fc.property(program, inputs, (expression, given) => {
        const context = new EmitContext({} as ElaboratedProgram, new Diagnostics());
        const json = new ExpressionWriter(context).operand(expression);
        const values = new Map(variables.map((v, i) => [v, given[i]!]));
        const fields = new Map(variables.map((v, i) => [v.name, given[i]!]));
        assert.equal(run(json, fields), meaning(expression, values));
        assert.deepEqual(context.diagnostics.list, []);
      }),
      { numRuns: 500 },
    );
  });
});
