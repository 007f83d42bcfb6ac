import { larger, smaller } from '../bits/bits.js';
import { wordCount } from '../bits/words.js';
import { MAX_SHIFT } from '../engine/packet.js';
import type { BoolExpr, DataExpr } from '../ir/expressions.js';
import { candidates } from '../ir/expressions.js';
import type { Action } from '../ir/program.js';
import { isInt32, isSafe, isUint32, type Range, rangeOf, wordsFor } from './range.js';
import { References } from './references.js';
import {
  bitwise,
  clampShift,
  constantWords,
  literal,
  orderedWords,
  padded,
  range32,
  shiftedLeft,
  shiftedRight,
  signExtend,
} from './word-forms.js';

const TWO32 = 4294967296;

/**
 * Turns expressions into JavaScript. An expression is asked for in one of four forms, and the range analysis decides
 * which form its operands take:
 * - `number`: an exact double, where the range allows it;
 * - `words`: its low 32-bit words, least significant first, each an int32 or uint32 (bitwise operators do not care);
 *   `+ - * & | ^ ~ <<` need only as many words of their operands as are asked for, so a 64-bit assignment of an
 *   infinitely precise sum is two additions and a carry;
 * - `big`: a bigint, for what is left (wide division, wide dynamic shifts, wide saturation);
 * - `truth`: a boolean.
 * Statements that an expression needs first (temporaries, branches) go to the source.
 */
export class ExpressionCompiler extends References {
  private action: Action | undefined;

  /** Action data stand in `D`, parameter after parameter, while this action is compiled. */
  within(action: Action | undefined): void {
    this.action = action;
  }

  private localSlot(index: number): number {
    return this.action!.params.slice(0, index).reduce((sum, param) => sum + wordCount(param.width), 0);
  }

  // ---- number ----

  /** Only for expressions whose range is safe. */
  number(expr: DataExpr): string {
    const range = rangeOf(expr);
    if (range.min === range.max) return literal(range.min);
    if (expr.kind === 'binary') {
      const [left, right] = [rangeOf(expr.left), rangeOf(expr.right)];
      if (isSafe(left) && isSafe(right)) {
        if (expr.op === '+' || expr.op === '-' || expr.op === '*') {
          return this.out.hold(`(${this.number(expr.left)} ${expr.op} ${this.number(expr.right)})`);
        }
        if ((expr.op === '/' || expr.op === '%') && left.min >= 0n && right.min >= 0n) {
          return this.divide(expr.op, expr.left, expr.right);
        }
        if (expr.op === '>>') return this.shiftRightNumber(expr.left, expr.right);
      }
    }
    if (expr.kind === 'cast' && expr.op !== 'two_comp_mod' && isSafe(rangeOf(expr.operand))) {
      return this.saturate(expr.operand, range);
    }
    if (expr.kind === 'fromBool') return `(${this.truth(expr.operand)} ? 1 : 0)`;
    if (isUint32(range)) return `(${this.words(expr, 1)[0]} >>> 0)`;
    if (isInt32(range)) return `(${this.words(expr, 1)[0]} | 0)`;
    const [low, high] = this.words(expr, 2) as [string, string];
    return this.out.hold(`(${high} ${range.min < 0n ? '|' : '>>>'} 0) * ${TWO32} + (${low} >>> 0)`);
  }

  private divide(op: '/' | '%', left: DataExpr, right: DataExpr): string {
    const divisor = this.out.hold(this.number(right));
    const value = this.number(left);
    return this.out.hold(
      `(${divisor} === 0 ? 0 : ${op === '%' ? `${value} % ${divisor}` : `Math.floor(${value} / ${divisor})`})`,
    );
  }

  private shiftRightNumber(left: DataExpr, right: DataExpr): string {
    // Exact: a power of two only changes the exponent. From 2 ** 53 on all bits are gone and floor gives 0 or -1.
    const amount = this.out.hold(`Math.min(1000, ${this.shiftAmount(right)})`);
    return this.out.hold(`Math.floor(${this.number(left)} / Math.pow(2, ${amount}))`);
  }

  private shiftAmount(expr: DataExpr): string {
    const range = rangeOf(expr);
    const amount = isSafe(range) ? this.number(expr) : `Number(${this.big(expr)})`;
    return this.out.hold(
      range.min >= 0n && range.max <= BigInt(MAX_SHIFT)
        ? amount
        : `Math.max(0, Math.min(${MAX_SHIFT}, ${amount}))`,
    );
  }

  private saturate(operand: DataExpr, to: Range): string {
    return this.out.hold(
      `Math.max(${literal(to.min)}, Math.min(${literal(to.max)}, ${this.number(operand)}))`,
    );
  }

  // ---- words ----

  words(expr: DataExpr, count: number): string[] {
    const range = rangeOf(expr);
    if (range.min === range.max) return constantWords(range.min, count);
    const needed = wordsFor(range);
    if (needed < count) {
      const low = this.words(expr, needed).map((word) => this.out.hold(word));
      const top = low[needed - 1]!;
      const fill = range.min < 0n ? this.out.hold(`${top} >> 31`) : '0';
      return [...low, ...new Array<string>(count - needed).fill(fill)];
    }
    switch (expr.kind) {
      case 'const':
        return constantWords(expr.value, count);
      case 'field':
        return this.fieldWords(`${this.layout.slot(expr.field)}`, expr.field, count);
      case 'validBit':
        return padded([`V[${expr.header.index}]`], count);
      case 'local': {
        const slot = this.localSlot(expr.index);
        const words = wordCount(expr.width);
        return padded(
          range32(words).map((i) => `D[${slot + words - 1 - i}]`),
          count,
        );
      }
      case 'register': {
        const index = this.index(expr.index, expr.array.size);
        const words = wordCount(expr.array.width);
        const cell = `R${expr.array.index}`;
        return padded(
          range32(Math.min(words, count)).map((i) =>
            this.out.hold(`${index} < 0 ? 0 : ${cell}[${index} * ${words} + ${words - 1 - i}]`),
          ),
          count,
        );
      }
      case 'binary':
        return this.binaryWords(expr, count);
      case 'not':
        return this.words(expr.operand, count).map((word) => `(~${word})`);
      case 'cast':
        return this.castWords(expr, count);
      case 'fromBool':
        return padded([`(${this.truth(expr.operand)} ? 1 : 0)`], count);
      case 'choose':
        return this.chooseWords(expr, count);
      case 'lastField': {
        const header = this.out.hold(`at(SH${expr.stack.index}, N[${expr.stack.index}] - 1)`);
        return this.dynamicField(header, expr.stack.headers[0]!.fields[expr.offset]!, count);
      }
      case 'lastUnionField': {
        const next = `N[${this.layout.program.stacks.length + expr.stack.index}]`;
        const union = this.out.hold(`at(SU${expr.stack.index}, ${next} - 1)`);
        const header = this.out.hold(`${union} < 0 ? -1 : UH[${union}][${expr.member}]`);
        const first = expr.stack.unions[0]!.headers[expr.member]!;
        return this.dynamicField(header, first.fields[expr.offset]!, count);
      }
      case 'accessField': {
        const field = candidates(expr.header)[0]!.fields[expr.offset]!;
        return this.dynamicField(this.out.hold(this.headerIndex(expr.header)), field, count);
      }
      case 'lastIndex':
        return padded([`(N[${expr.stack.index}] - 1)`], count);
      case 'stackSize':
        return padded([`N[${expr.stack.index}]`], count);
    }
  }

  private chooseWords(expr: Extract<DataExpr, { kind: 'choose' }>, count: number): string[] {
    const condition = this.out.hold(this.truth(expr.condition));
    const names = range32(count).map(() => this.out.name());
    this.out.line(`let ${names.join(', ')};`);
    const fill = (side: DataExpr) => () => {
      for (const [i, word] of this.words(side, count).entries()) this.out.line(`${names[i]} = ${word};`);
    };
    this.out.branch(condition, fill(expr.whenTrue), fill(expr.whenFalse));
    return names;
  }

  private castWords(expr: Extract<DataExpr, { kind: 'cast' }>, count: number): string[] {
    const inner = rangeOf(expr.operand);
    const range = rangeOf(expr);
    if (inner.min >= range.min && inner.max <= range.max) return this.words(expr.operand, count);
    if (expr.op === 'two_comp_mod') {
      const words = wordCount(expr.width);
      const low = this.words(expr.operand, Math.min(words, count));
      if (count >= words) low[words - 1] = this.out.hold(signExtend(low[words - 1]!, expr.width));
      return low;
    }
    if (isSafe(inner)) return this.fromNumber(this.saturate(expr.operand, range), range, count);
    return this.fromBig(this.big(expr), count);
  }

  private binaryWords(expr: Extract<DataExpr, { kind: 'binary' }>, count: number): string[] {
    const { op, left, right } = expr;
    switch (op) {
      case '&':
      case '|':
      case '^': {
        const a = this.words(left, count);
        const b = this.words(right, count);
        return a.map((word, i) => bitwise(op, word, b[i]!));
      }
      case '+':
      case '-':
        return this.addWords(op, left, right, count);
      case '*':
        if (count === 1) return [`Math.imul(${this.words(left, 1)[0]}, ${this.words(right, 1)[0]})`];
        break;
      case '<<': {
        const amount = rangeOf(right);
        if (amount.min === amount.max)
          return this.shiftLeftWords(left, Number(clampShift(amount.min)), count);
        if (count === 1) {
          const s = this.shiftAmount(right);
          return [this.out.hold(`${s} < 32 ? ${this.words(left, 1)[0]} << ${s} : 0`)];
        }
        break;
      }
      case '>>': {
        const amount = rangeOf(right);
        if (amount.min === amount.max)
          return this.shiftRightWords(left, Number(clampShift(amount.min)), count);
        if (isUint32(rangeOf(left))) {
          const s = this.shiftAmount(right);
          return padded([this.out.hold(`${s} < 32 ? ${this.words(left, 1)[0]} >>> ${s} : 0`)], count);
        }
        break;
      }
      default:
        break;
    }
    const range = rangeOf(expr);
    if (isSafe(range) && isSafe(rangeOf(left)) && isSafe(rangeOf(right)) && this.hasNumberForm(expr)) {
      return this.fromNumber(this.out.hold(this.number(expr)), range, count);
    }
    return this.fromBig(this.big(expr), count);
  }

  /** Does `number` compute it without going through `words`? */
  private hasNumberForm({ op, left, right }: Extract<DataExpr, { kind: 'binary' }>): boolean {
    if (op === '*' || op === '>>') return true;
    return (op === '/' || op === '%') && rangeOf(left).min >= 0n && rangeOf(right).min >= 0n;
  }

  private addWords(op: '+' | '-', left: DataExpr, right: DataExpr, count: number): string[] {
    const a = this.words(left, count);
    const b = this.words(right, count);
    if (count === 1) return [`((${a[0]} ${op} ${b[0]}) | 0)`];
    let carry = '';
    return a.map((word, i) => {
      const sum = this.out.hold(`(${word} >>> 0) ${op} (${b[i]} >>> 0)${carry}`);
      carry = op === '+' ? ` + (${sum} > 4294967295 ? 1 : 0)` : ` - (${sum} < 0 ? 1 : 0)`;
      return `(${sum} | 0)`;
    });
  }

  private shiftLeftWords(left: DataExpr, amount: number, count: number): string[] {
    const words = Math.floor(amount / 32);
    if (words >= count) return new Array<string>(count).fill('0');
    const low = this.words(left, count - words).map((word) => this.out.hold(word));
    return shiftedLeft(low, amount, count);
  }

  private shiftRightWords(left: DataExpr, amount: number, count: number): string[] {
    const range = rangeOf(left);
    const words = Math.floor(amount / 32);
    const low = this.words(left, Math.min(wordsFor(range), words + count + 1)).map((word) =>
      this.out.hold(word),
    );
    const fill = range.min < 0n ? this.out.hold(`${low[low.length - 1]} >> 31`) : '0';
    return shiftedRight(low, fill, amount, count);
  }

  private fromNumber(value: string, range: Range, count: number): string[] {
    const held = this.out.hold(value);
    return range32(count).map((i) => {
      if (i === 0) return `(${held} | 0)`;
      if (i === 1) return `(Math.floor(${held} / ${TWO32}) | 0)`;
      return range.min < 0n ? `(${held} < 0 ? -1 : 0)` : '0';
    });
  }

  private fromBig(value: string, count: number): string[] {
    const held = this.out.hold(value);
    return range32(count).map((i) =>
      this.out.hold(`Number(BigInt.asIntN(32, ${held}${i === 0 ? '' : ` >> ${i * 32}n`}))`),
    );
  }

  // ---- big ----

  big(expr: DataExpr): string {
    const range = rangeOf(expr);
    if (range.min === range.max) return `(${range.min}n)`;
    if (expr.kind === 'binary') {
      const { op } = expr;
      const left = this.big(expr.left);
      if (op === '<<' || op === '>>') {
        return this.out.hold(`${left} ${op} BigInt(${this.shiftAmount(expr.right)})`);
      }
      const right = this.out.hold(this.big(expr.right));
      if (op === '/' || op === '%') return this.out.hold(`${right} === 0n ? 0n : ${left} ${op} ${right}`);
      return this.out.hold(`${left} ${op} ${right}`);
    }
    if (expr.kind === 'not') return `(~${this.big(expr.operand)})`;
    if (expr.kind === 'cast') {
      const inner = rangeOf(expr.operand);
      if (inner.min >= range.min && inner.max <= range.max) return this.big(expr.operand);
      const value = this.out.hold(this.big(expr.operand));
      if (expr.op === 'two_comp_mod') return `BigInt.asIntN(${expr.width}, ${value})`;
      return this.out.hold(
        `${value} > ${range.max}n ? ${range.max}n : ${value} < ${range.min}n ? ${range.min}n : ${value}`,
      );
    }
    // Everything else is bounded by its width: build it from words.
    const words = this.words(expr, wordsFor(range));
    const joined = words
      .map((word, i) => (i === 0 ? `BigInt(${word} >>> 0)` : `(BigInt(${word} >>> 0) << ${i * 32}n)`))
      .join(' | ');
    return this.out.hold(range.min < 0n ? `BigInt.asIntN(${words.length * 32}, ${joined})` : joined);
  }

  // ---- truth ----

  truth(expr: BoolExpr): string {
    switch (expr.kind) {
      case 'bool':
        return expr.value ? 'true' : 'false';
      case 'compare':
        return this.compare(expr);
      case 'sameHeader':
        return `(sameHeader(${this.headerIndex(expr.left)}, ${this.headerIndex(expr.right)}) === ${!expr.negate})`;
      case 'sameUnion':
        return `(sameUnion(${this.unionIndex(expr.left)}, ${this.unionIndex(expr.right)}) === ${!expr.negate})`;
      case 'sameBool':
        return `(${this.truth(expr.left)} ${expr.negate ? '!==' : '==='} ${this.truth(expr.right)})`;
      case 'and':
        return `(${this.truth(expr.left)} && ${this.truth(expr.right)})`;
      case 'or':
        return `(${this.truth(expr.left)} || ${this.truth(expr.right)})`;
      case 'negate':
        return `(!${this.truth(expr.operand)})`;
      case 'isValid':
        return `(V[${this.headerIndex(expr.header)}] === 1)`;
      case 'isUnionValid':
        return `unionValid(${this.unionIndex(expr.union)})`;
      case 'fromData': {
        const words = this.words(expr.operand, wordsFor(rangeOf(expr.operand)));
        return `((${words.join(' | ')}) !== 0)`;
      }
      case 'chooseBool': {
        const [condition, yes, no] = [
          this.out.hold(this.truth(expr.condition)),
          this.truth(expr.whenTrue),
          this.truth(expr.whenFalse),
        ];
        return `(${condition} ? ${yes} : ${no})`;
      }
    }
  }

  private compare({ op, left, right }: Extract<BoolExpr, { kind: 'compare' }>): string {
    const [a, b] = [rangeOf(left), rangeOf(right)];
    if (isSafe(a) && isSafe(b)) {
      const js = op === '==' ? '===' : op === '!=' ? '!==' : op;
      return `(${this.number(left)} ${js} ${this.number(right)})`;
    }
    const both = { min: smaller(a.min, b.min), max: larger(a.max, b.max) };
    const count = wordsFor(both);
    const x = this.words(left, count).map((word) => this.out.hold(word));
    const y = this.words(right, count).map((word) => this.out.hold(word));
    if (op === '==' || op === '!=') {
      const difference = x.map((word, i) => `(${word} ^ ${y[i]})`).join(' | ');
      return `((${difference}) ${op}= 0)`;
    }
    return orderedWords(op, x, y, both.min < 0n);
  }
}
