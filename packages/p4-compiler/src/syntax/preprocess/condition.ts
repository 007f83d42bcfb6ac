import type { Diagnostics } from '../../diagnostics.js';
import { numberValue } from '../lexer.js';
import type { Span } from '../source.js';
import type { Token } from '../tokens.js';

const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const maxDepth = 200;

class ConditionError extends Error {
  readonly span: Span;
  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

/**
 * The value of an `#if` expression (ISO C 6.10.1) whose macros and `defined` are already replaced; a name that is left
 * counts as 0. A mistake is reported and counts as false.
 */
export function evaluateCondition(tokens: readonly Token[], span: Span, diagnostics: Diagnostics): boolean {
  let at = 0;
  let depth = 0;
  const text = (): string => {
    const token = tokens[at];
    if (token?.text === '>' && tokens[at + 1]?.text === '>' && !tokens[at + 1]!.spaceBefore) return '>>';
    return token?.text ?? '';
  };
  const fail = (message: string): never => {
    throw new ConditionError(message, tokens[at]?.span ?? span);
  };
  const found = (): string => (at < tokens.length ? `'${tokens[at]!.text}'` : 'the end of the line');

  const conditional = (): bigint => {
    if (++depth > maxDepth) fail('the condition is nested too deeply');
    const condition = binary(0);
    if (text() !== '?') {
      depth--;
      return condition;
    }
    at++;
    const whenTrue = conditional();
    if (text() !== ':') fail(`expected ':' of '?:' in the condition, found ${found()}`);
    at++;
    const whenFalse = conditional();
    depth--;
    return condition !== 0n ? whenTrue : whenFalse;
  };
  const binary = (level: number): bigint => {
    const operators = levels[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (let op = text(); operators.includes(op); op = text()) {
      at += op === '>>' ? 2 : 1;
      left = apply(op, left, binary(level + 1), fail);
    }
    return left;
  };
  const unary = (): bigint => {
    if (++depth > maxDepth) fail('the condition is nested too deeply');
    try {
      const token = tokens[at];
      if (token === undefined) return fail('expected a value in the condition, found the end of the line');
      at++;
      if (token.text === '!') return unary() === 0n ? 1n : 0n;
      if (token.text === '-') return -unary();
      if (token.text === '+') return unary();
      if (token.text === '~') return ~unary();
      if (token.text === '(') {
        const value = conditional();
        if (text() !== ')') fail(`expected ')' in the condition, found ${found()}`);
        at++;
        return value;
      }
      if (token.kind === 'number') return numberValue(token.text)?.value ?? 0n;
      if (token.text === 'true') return 1n;
      if (token.kind === 'identifier' || token.kind === 'keyword') return 0n;
      at--;
      return fail(`expected a value in the condition, found ${found()}`);
    } finally {
      depth--;
    }
  };
  try {
    const value = conditional();
    if (at < tokens.length) fail(`expected the end of the condition, found ${found()}`);
    return value !== 0n;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    diagnostics.error('P4C104', error.message, error.span);
    return false;
  }
}

function apply(op: string, a: bigint, b: bigint, fail: (message: string) => never): bigint {
  const truth = (value: boolean): bigint => (value ? 1n : 0n);
  switch (op) {
    case '||':
      return truth(a !== 0n || b !== 0n);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '<=':
      return truth(a <= b);
    case '>':
      return truth(a > b);
    case '>=':
      return truth(a >= b);
    case '<<':
    case '>>':
      if (b < 0n || b > 256n) return fail(`cannot shift by ${b} in a condition`);
      return op === '<<' ? BigInt.asIntN(512, a << b) : a >> b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return BigInt.asIntN(512, a * b);
    default:
      if (b === 0n) return fail('division by zero in the condition');
      return op === '/' ? a / b : a % b;
  }
}
