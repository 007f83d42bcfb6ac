import { maskOf } from '../bits/bits.js';
import { MAX_SHIFT } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import type { BinaryOp, BoolExpr, DataExpr, HeaderExpr, UnionExpr } from '../ir/expressions.js';
import type { Header, HeaderUnion } from '../ir/program.js';
import type { State } from './state.js';

/** lastIndex of an empty stack: -1 as P4's bit<32>. */
const NO_INDEX = 0xffffffffn;

/** Evaluates expressions with the infinite precision that BMv2 defines. `data` is the action data in force. */
export class Evaluator {
  data: readonly bigint[] = [];

  constructor(
    private readonly state: State,
    private readonly runtime: Runtime,
  ) {}

  number(expr: DataExpr): bigint {
    switch (expr.kind) {
      case 'const':
        return expr.value;
      case 'field':
        return this.state.read(expr.field);
      case 'validBit':
        return this.state.isValid(expr.header) ? 1n : 0n;
      case 'local':
        return this.data[expr.index]!;
      case 'register': {
        const array = this.runtime.registerList[expr.array.index]!;
        const index = this.number(expr.index);
        return index >= 0n && index < BigInt(array.size) ? array.read(Number(index)) : 0n;
      }
      case 'binary':
        return binary(expr.op, this.number(expr.left), this.number(expr.right));
      case 'not':
        return ~this.number(expr.operand);
      case 'cast': {
        const value = this.number(expr.operand);
        if (expr.op === 'two_comp_mod') return BigInt.asIntN(expr.width, value);
        const signed = expr.op === 'sat_cast';
        const max = signed ? maskOf(expr.width - 1) : maskOf(expr.width);
        const min = signed ? -(1n << BigInt(expr.width - 1)) : 0n;
        return value > max ? max : value < min ? min : value;
      }
      case 'fromBool':
        return this.truth(expr.operand) ? 1n : 0n;
      case 'choose':
        return this.truth(expr.condition) ? this.number(expr.whenTrue) : this.number(expr.whenFalse);
      case 'lastField': {
        const next = this.state.nextOf(expr.stack);
        return next === 0 ? 0n : this.state.read(expr.stack.headers[next - 1]!.fields[expr.offset]!);
      }
      case 'lastUnionField': {
        const next = this.state.unionNextOf(expr.stack);
        if (next === 0) return 0n;
        return this.state.read(expr.stack.unions[next - 1]!.headers[expr.member]!.fields[expr.offset]!);
      }
      case 'accessField': {
        const header = this.header(expr.header);
        return header ? this.state.read(header.fields[expr.offset]!) : 0n;
      }
      case 'lastIndex': {
        const next = this.state.nextOf(expr.stack);
        return next === 0 ? NO_INDEX : BigInt(next - 1);
      }
      case 'stackSize':
        return BigInt(this.state.nextOf(expr.stack));
    }
  }

  truth(expr: BoolExpr): boolean {
    switch (expr.kind) {
      case 'bool':
        return expr.value;
      case 'compare': {
        const [left, right] = [this.number(expr.left), this.number(expr.right)];
        switch (expr.op) {
          case '==':
            return left === right;
          case '!=':
            return left !== right;
          case '<':
            return left < right;
          case '<=':
            return left <= right;
          case '>':
            return left > right;
          case '>=':
            return left >= right;
        }
        break;
      }
      case 'sameHeader':
        return this.sameHeader(this.header(expr.left), this.header(expr.right)) !== expr.negate;
      case 'sameUnion':
        return this.sameUnion(this.union(expr.left), this.union(expr.right)) !== expr.negate;
      case 'sameBool':
        return (this.truth(expr.left) === this.truth(expr.right)) !== expr.negate;
      case 'and':
        return this.truth(expr.left) && this.truth(expr.right);
      case 'or':
        return this.truth(expr.left) || this.truth(expr.right);
      case 'negate':
        return !this.truth(expr.operand);
      case 'isValid': {
        const header = this.header(expr.header);
        return header !== undefined && this.state.isValid(header);
      }
      case 'isUnionValid':
        return this.union(expr.union)?.headers.some((header) => this.state.isValid(header)) ?? false;
      case 'fromData':
        return this.number(expr.operand) !== 0n;
      case 'chooseBool':
        return this.truth(expr.condition) ? this.truth(expr.whenTrue) : this.truth(expr.whenFalse);
    }
    return false;
  }

  /** undefined: an index beyond the stack. Such a header reads as invalid and zero, and writes to it are lost. */
  header(expr: HeaderExpr): Header | undefined {
    switch (expr.kind) {
      case 'header':
        return expr.header;
      case 'stackElement':
        return element(expr.stack.headers, this.number(expr.index));
      case 'unionMember':
        return this.union(expr.union)?.headers[expr.member];
    }
  }

  union(expr: UnionExpr): HeaderUnion | undefined {
    return expr.kind === 'union' ? expr.union : element(expr.stack.unions, this.number(expr.index));
  }

  /** Header::cmp: two invalid headers are not equal. */
  private sameHeader(left: Header | undefined, right: Header | undefined): boolean {
    if (!left || !right || left.typeName !== right.typeName) return false;
    if (!this.state.isValid(left) || !this.state.isValid(right)) return false;
    return left.fields.every(
      (field, offset) => this.state.read(field) === this.state.read(right.fields[offset]!),
    );
  }

  private sameUnion(left: HeaderUnion | undefined, right: HeaderUnion | undefined): boolean {
    if (!left || !right) return false;
    return left.headers.some((header, member) => this.sameHeader(header, right.headers[member]));
  }
}

function element<T>(items: readonly T[], index: bigint): T | undefined {
  return index >= 0n && index < BigInt(items.length) ? items[Number(index)] : undefined;
}

/** Division by zero is undefined in P4 and ends BMv2; here it gives 0. */
export function binary(op: BinaryOp, left: bigint, right: bigint): bigint {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0n ? 0n : left / right;
    case '%':
      return right === 0n ? 0n : left % right;
    case '<<':
      return left << shiftAmount(right);
    case '>>':
      return left >> shiftAmount(right);
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
  }
}

function shiftAmount(amount: bigint): bigint {
  return amount < 0n ? 0n : amount > BigInt(MAX_SHIFT) ? BigInt(MAX_SHIFT) : amount;
}
