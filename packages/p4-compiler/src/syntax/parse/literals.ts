import type * as ast from '../ast.js';
import { numberValue, stringValue } from '../lexer.js';
import type { Cursor } from './cursor.js';

/** What p4c, too, takes for the largest width that makes sense. */
const maxWidth = 2048;
const maxDigits = 4096;

export function parseNumber(p: Cursor): ast.NumberLiteral {
  const { text, span } = p.token;
  const parsed = text.length > maxDigits ? undefined : numberValue(text);
  if (parsed === undefined) return p.fail(`'${text.slice(0, 40)}' has no digits or too many to be a number`);
  p.next();
  const { width, signed } = parsed;
  let { value } = parsed;
  if (width !== undefined) {
    if (width > maxWidth) p.fail(`the width ${width} is larger than ${maxWidth}`, span);
    if (width === 0 && signed === true) p.fail('a signed number has at least one bit', span);
    if (width === 0 && value !== 0n) p.fail(`a number of no bits has the value 0 only, found ${value}`, span);
    // P4_16 §6.4.3.2: digits that do not fit are cut off, with a warning.
    const fits = signed === true ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
    if (fits !== value) {
      p.diagnostics.warning('P4C203', `${value} does not fit in ${width} bits and becomes ${fits}`, span);
      value = fits;
    }
  }
  return { kind: 'NumberLiteral', value, width, signed, base: parsed.base, span };
}

export function parseString(p: Cursor): ast.StringLiteral {
  const { text, span } = p.next();
  return { kind: 'StringLiteral', value: stringValue(text), span };
}
