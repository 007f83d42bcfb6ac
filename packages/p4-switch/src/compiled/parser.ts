import { maskOf } from '../bits/bits.js';
import { MAX_PARSE_STEPS } from '../engine/packet.js';
import type { ExtractTarget, Header, ParserOp, ParseState, TransitionCase } from '../ir/program.js';
import type { ExpressionCompiler } from './expressions.js';
import { isFixed } from './headers.js';
import type { Layout } from './layout.js';
import { rangeOf } from './range.js';
import type { Source } from './source.js';
import type { StatementCompiler } from './statements.js';

/**
 * One function a parse state, which returns the number of the next state: -1 accepts, -2 gives up with the parser
 * error in `err`. `cur` and `end` are the unparsed bytes.
 */
export class ParserCompiler {
  constructor(
    private readonly out: Source,
    private readonly layout: Layout,
    private readonly expressions: ExpressionCompiler,
    private readonly statements: StatementCompiler,
  ) {}

  compile(): void {
    const { out } = this;
    const { parser, errors } = this.layout.program;
    for (const state of parser.states) this.state(state);
    out.block('function parse()', () => {
      out.line(`cur = P.start; end = P.end; err = ${errors.get('NoError')};`);
      out.line(`let s = ${parser.initial?.index ?? -1};`);
      out.line('let steps = 0;');
      out.block('while (s >= 0)', () => {
        out.line(`if (steps++ >= ${MAX_PARSE_STEPS}) { err = ${errors.get('ParserTimeout')}; break; }`);
        out.block('switch (s)', () => {
          for (const { index } of parser.states) out.line(`case ${index}: s = p${index}(); break;`);
        });
      });
      out.line('P.start = cur;');
      out.line('P.parserError = err;');
    });
  }

  private fail(error: string): string {
    return `{ err = ${this.layout.program.errors.get(error)}; return -2; }`;
  }

  private state(state: ParseState): void {
    this.out.block(`function p${state.index}()`, () => {
      for (const op of state.ops) {
        if (op.op === 'primitive') this.out.block('', () => this.statements.primitive(op.primitive));
        else this.op(op);
      }
      if (state.key.length > 0) this.select(state);
      this.out.line(`return ${state.otherwise?.index ?? -1};`);
    });
  }

  private op(op: Exclude<ParserOp, { op: 'primitive' }>): void {
    const { out, expressions: ex } = this;
    switch (op.op) {
      case 'extract':
        return this.extract(op.target, op.length);
      case 'set':
        return out.block('', () => this.statements.assignField(op.field, op.value));
      case 'setLookahead':
        return out.block('', () => {
          this.needBits(op.offset + op.width);
          const words = this.lookaheadWords(op.offset, op.width);
          this.statements.storeWords(op.field, words, maskOf(op.width));
        });
      case 'verify':
        return out.block('', () => {
          out.block(`if (!${ex.truth(op.condition)})`, () => {
            out.line(`err = ${ex.words(op.error, 1)[0]} >>> 0;`);
            out.line('return -2;');
          });
        });
      case 'advance':
        return out.block('', () => {
          const range = rangeOf(op.bits);
          const small = range.min >= 0n && range.max <= 0xffffffffn;
          const bits = out.hold(small ? ex.number(op.bits) : `Number(${ex.big(op.bits)})`);
          out.line(`if (${bits} % 8 !== 0) ${this.fail('ParserInvalidArgument')}`);
          out.line(`if (${bits} < 0 || ${bits} > (end - cur) * 8) ${this.fail('PacketTooShort')}`);
          out.line(`cur += ${bits} / 8;`);
        });
    }
  }

  private extract(target: ExtractTarget, length: Extract<ParserOp, { op: 'extract' }>['length']): void {
    const { out, layout } = this;
    const overflow = this.fail('StackOutOfBounds');
    switch (target.kind) {
      case 'header':
        return out.block('', () => this.extractHeader(target.header, `${target.header.index}`, length));
      case 'stack':
        return out.block('', () => {
          const next = out.hold(`N[${target.stack.index}]`);
          out.line(`if (${next} >= ${target.stack.headers.length}) ${overflow}`);
          const index = out.hold(`SH${target.stack.index}[${next}]`);
          this.extractHeader(target.stack.headers[0]!, index, length);
          out.line(`N[${target.stack.index}] = ${next} + 1;`);
        });
      case 'unionStack':
        return out.block('', () => {
          const slot = layout.program.stacks.length + target.stack.index;
          const next = out.hold(`N[${slot}]`);
          out.line(`if (${next} >= ${target.stack.unions.length}) ${overflow}`);
          const index = out.hold(`UH[SU${target.stack.index}[${next}]][${target.member}]`);
          this.extractHeader(target.stack.unions[0]!.headers[target.member]!, index, length);
          out.line(`N[${slot}] = ${next} + 1;`);
        });
    }
  }

  /** @param header any header of the type; @param index JavaScript for the index of the one that is filled. */
  private extractHeader(
    header: Header,
    index: string,
    length: Extract<ParserOp, { op: 'extract' }>['length'],
  ): void {
    const { out, expressions: ex } = this;
    if (isFixed(header)) {
      out.line(`if (end - cur < ${header.fixedBytes}) ${this.fail('PacketTooShort')}`);
      out.line(/^\d+$/.test(index) ? `x${index}(cur);` : `X[${index}](cur);`);
      out.line(`cur += ${header.fixedBytes};`);
      return;
    }
    const range = rangeOf(length!);
    const safe = range.min >= -0xffffffffn && range.max <= 0xffffffffn;
    const bits = out.hold(safe ? ex.number(length!) : `Number(${ex.big(length!)})`);
    out.line(`if (${bits} % 8 !== 0) ${this.fail('ParserInvalidArgument')}`);
    out.line(
      `if (${bits} < 0 || ${header.fixedBytes} + ${bits} / 8 > end - cur) ${this.fail('PacketTooShort')}`,
    );
    out.line(`if (${bits} > ${header.varbit!.width}) ${this.fail('HeaderTooShort')}`);
    out.line(`extractVariable(${index}, cur, ${bits});`);
    out.line(`cur += ${header.fixedBytes} + ${bits} / 8;`);
  }

  private needBits(bits: number): void {
    this.out.line(`if ((end - cur) * 8 < ${bits}) ${this.fail('PacketTooShort')}`);
  }

  /** Words of `width` bits at bit `offset` of the unparsed bytes, least significant first. */
  private lookaheadWords(offset: number, width: number): string[] {
    const words: string[] = [];
    for (let left = width; left > 0; left -= 32) {
      const take = Math.min(32, left);
      words.push(this.out.hold(`peek(${offset + left - take}, ${take})`));
    }
    return words;
  }

  private select(state: ParseState): void {
    const { out, expressions: ex } = this;
    // Per key part, its words (least significant first), held.
    const parts = state.key.map((part) => {
      if (part.kind === 'lookahead') {
        this.needBits(part.offset + part.width);
        return { width: part.width, words: this.lookaheadWords(part.offset, part.width) };
      }
      const count = Math.ceil(part.width / 32);
      const words = ex.words(part.value, count);
      // A signed field comes sign-extended; the key takes its bits.
      const top = part.width % 32;
      if (rangeOf(part.value).min < 0n && top !== 0) {
        words[count - 1] = `(${words[count - 1]} & ${2 ** top - 1})`;
      }
      return { width: part.width, words: words.map((word) => out.hold(`${word} | 0`)) };
    });
    for (const choice of state.cases) {
      if (choice.kind === 'valueSet') {
        const mask = choice.mask === undefined ? 'undefined' : `${choice.mask}n`;
        out.line(
          `if (VS[${choice.set.index}].contains(${bigKey(parts)}, ${mask})) return ${choice.next?.index ?? -1};`,
        );
        continue;
      }
      const condition = matchCondition(choice, parts);
      if (condition !== undefined) out.line(`if (${condition}) return ${choice.next?.index ?? -1};`);
    }
  }
}

interface HeldPart {
  readonly width: number;
  readonly words: readonly string[];
}

/** undefined: no key can match. */
function matchCondition(
  choice: Extract<TransitionCase, { kind: 'value' }>,
  parts: readonly HeldPart[],
): string | undefined {
  let shift = parts.reduce((sum, part) => sum + paddedBits(part), 0n);
  const terms: string[] = [];
  for (const part of parts) {
    const bits = paddedBits(part);
    shift -= bits;
    const all = (1n << bits) - 1n;
    const mask = ((choice.mask ?? -1n) >> shift) & all;
    const value = (choice.value >> shift) & mask;
    if (value >> BigInt(part.width) !== 0n) return undefined;
    for (const [i, word] of part.words.entries()) {
      const m = BigInt.asIntN(32, mask >> BigInt(32 * i));
      const v = BigInt.asIntN(32, value >> BigInt(32 * i));
      const top = i === part.words.length - 1 ? part.width - 32 * i : 32;
      const relevant = BigInt.asUintN(top, m) === (1n << BigInt(top)) - 1n;
      if (BigInt.asUintN(top, m) === 0n) continue;
      terms.push(relevant ? `${word} === ${v}` : `(${word} & ${m}) === ${v}`);
    }
  }
  return terms.length === 0 ? 'true' : terms.join(' && ');
}

function paddedBits(part: HeldPart): bigint {
  return BigInt(Math.ceil(part.width / 8) * 8);
}

function bigKey(parts: readonly HeldPart[]): string {
  let key = '0n';
  for (const part of parts) {
    const value = part.words.map((word, i) => `(BigInt(${word} >>> 0) << ${32 * i}n)`).join(' | ');
    key = `((${key} << ${paddedBits(part)}n) | ${value})`;
  }
  return key;
}
