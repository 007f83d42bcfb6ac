import { maskOf } from '../bits/bits.js';
import { wordCount } from '../bits/words.js';
import { MAX_LOOPS } from '../engine/packet.js';
import type { DataExpr, HeaderExpr, UnionExpr } from '../ir/expressions.js';
import { candidates } from '../ir/expressions.js';
import type { Lvalue, Primitive } from '../ir/primitives.js';
import type { Action, Field } from '../ir/program.js';
import type { ExpressionCompiler } from './expressions.js';
import type { Layout } from './layout.js';
import { isSafe, rangeOf } from './range.js';
import type { Source } from './source.js';
import { isPlain, registerWidth, targetField } from './targets.js';

/** Turns primitives into JavaScript statements. Log formats are handed over beside the source, by number. */
export class StatementCompiler {
  readonly logFormats: string[] = [];

  constructor(
    private readonly out: Source,
    private readonly expressions: ExpressionCompiler,
    private readonly layout: Layout,
  ) {}

  /** `function aN(D)` for an action. */
  action(action: Action): void {
    this.out.block(`function a${action.index}(D)`, () => {
      this.expressions.within(action);
      this.body(action.body);
      this.expressions.within(undefined);
    });
  }

  /**
   * Forward jumps become breaks out of blocks that end at their targets. An action with backward jumps (a loop)
   * becomes a switch inside an endless loop, with a case at every target.
   */
  private body(body: readonly Primitive[]): void {
    const targets = new Set<number>();
    let loops = false;
    for (const [at, primitive] of body.entries()) {
      if (primitive.op !== 'jump' && primitive.op !== 'jumpIfZero') continue;
      targets.add(primitive.target);
      loops ||= primitive.target <= at;
    }
    if (loops) return this.loopingBody(body, targets);
    const ends = [...targets].sort((a, b) => b - a);
    for (const end of ends) this.out.line(`j${end}: {`);
    for (const [at, primitive] of body.entries()) {
      if (targets.has(at)) this.out.line('}');
      // Each in a block of its own, so that temporaries of a skipped statement are never seen.
      this.out.block('', () => {
        if (primitive.op === 'jump') this.out.line(`break j${primitive.target};`);
        else if (primitive.op === 'jumpIfZero') {
          this.out.line(`if (${this.isZero(primitive.condition)}) break j${primitive.target};`);
        } else this.primitive(primitive);
      });
    }
    if (targets.has(body.length)) this.out.line('}');
  }

  private loopingBody(body: readonly Primitive[], targets: ReadonlySet<number>): void {
    const { out } = this;
    out.line('let k = 0, loops = 0;');
    out.block('run: for (;;)', () => {
      out.block('switch (k)', () => {
        out.line('case 0:');
        for (const [at, primitive] of body.entries()) {
          if (at > 0 && targets.has(at)) out.line(`case ${at}:`);
          out.block('', () => {
            if (primitive.op !== 'jump' && primitive.op !== 'jumpIfZero') return this.primitive(primitive);
            const bound = primitive.target <= at ? `if (++loops > ${MAX_LOOPS}) abort(2); ` : '';
            const jump = `${bound}k = ${primitive.target}; continue run;`;
            if (primitive.op === 'jump') out.line(jump);
            else out.line(`if (${this.isZero(primitive.condition)}) { ${jump} }`);
          });
        }
      });
      out.line('return;');
    });
  }

  private isZero(condition: DataExpr): string {
    return `!${this.expressions.truth({ kind: 'fromData', operand: condition })}`;
  }

  primitive(primitive: Primitive): void {
    const { out, expressions: ex } = this;
    switch (primitive.op) {
      case 'assign':
        return this.assign(primitive.target, primitive.value);
      case 'assignVarbit':
        return this.assignVarbit(primitive.target, primitive.source);
      case 'assignHeader':
        return this.assignHeader(primitive.target, primitive.source);
      case 'assignUnion':
        return out.line(`copyUnion(${this.union(primitive.target)}, ${this.union(primitive.source)});`);
      case 'assignStack':
        for (const [i, header] of primitive.target.headers.entries()) {
          out.line(`copyHeader(${header.index}, ${primitive.source.headers[i]!.index});`);
        }
        return out.line(`N[${primitive.target.index}] = N[${primitive.source.index}];`);
      case 'assignUnionStack': {
        for (const [i, union] of primitive.target.unions.entries()) {
          out.line(`copyUnion(${union.index}, ${primitive.source.unions[i]!.index});`);
        }
        const first = this.layout.program.stacks.length;
        return out.line(`N[${first + primitive.target.index}] = N[${first + primitive.source.index}];`);
      }
      case 'setValid':
        return this.setValid(primitive.header);
      case 'setInvalid':
        return this.setInvalid(primitive.header);
      case 'push':
      case 'pop':
        return out.line(`${primitive.op}(${primitive.stack.index}, ${primitive.count});`);
      case 'pushUnion':
      case 'popUnion':
        return out.line(`${primitive.op}(${primitive.stack.index}, ${primitive.count});`);
      case 'exit':
        return out.line('P.exit = true;');
      case 'assert':
        return out.line(
          `if (!${ex.truth(primitive.condition)}) abort(${primitive.what === 'assert' ? 0 : 1});`,
        );
      case 'log': {
        const args = primitive.args.map((arg) => ex.big(arg));
        this.logFormats.push(primitive.format);
        return out.line(`log(${this.logFormats.length - 1}, [${args.join(', ')}]);`);
      }
      case 'drop':
        return this.drop();
      case 'count': {
        const index = ex.index(primitive.index, primitive.counter.size);
        return out.line(`C${primitive.counter.index}.count(${index}, P.ingressLength);`);
      }
      case 'meter': {
        const index = ex.index(primitive.index, primitive.meter.size);
        const colour = out.hold(`M${primitive.meter.index}.execute(${index}, P.ingressLength)`);
        return out.block(`if (${colour} >= 0)`, () => this.store(primitive.target, [colour], 2n));
      }
      case 'registerRead': {
        const index = ex.index(primitive.index, primitive.array.size);
        const words = wordCount(primitive.array.width);
        return out.block(`if (${index} >= 0)`, () => {
          const cells = Array.from({ length: words }, (_, i) =>
            out.hold(`R${primitive.array.index}[${index} * ${words} + ${words - 1 - i}]`),
          );
          this.store(primitive.target, cells, maskOf(primitive.array.width));
        });
      }
      case 'registerWrite': {
        const index = ex.index(primitive.index, primitive.array.size);
        return out.block(`if (${index} >= 0)`, () => this.writeRegister(primitive, index));
      }
      case 'hash':
        return this.hash(primitive);
      case 'random': {
        const [low, high] = [this.unsigned64(primitive.low), this.unsigned64(primitive.high)];
        return out.block(`if (${low} <= ${high})`, () => {
          const value = out.hold(`${low} + ENV.random(${high} - ${low} + 1n)`);
          this.store(primitive.target, this.bigWords(value), maskOf(64));
        });
      }
      case 'digest':
        return out.line(`P.digest = ${this.uint16(primitive.list)};`);
      case 'clone':
        out.line(`P.cloneSession = ${this.uint16(primitive.session)} & 0x7fff;`);
        return out.line(`P.cloneFieldList = ${this.uint16(primitive.fieldList)};`);
      case 'resubmit':
      case 'recirculate':
        return out.line(`P.${primitive.op} = ${this.uint16(primitive.fieldList)};`);
      case 'truncate': {
        const value =
          isSafe(rangeOf(primitive.length)) && rangeOf(primitive.length).min >= 0n
            ? ex.number(primitive.length)
            : `Number(${this.unsigned64(primitive.length)})`;
        return out.line(`P.truncate = Math.min(P.truncate, ${value});`);
      }
      case 'jump':
      case 'jumpIfZero':
      case 'nothing':
        return;
    }
  }

  /** Assign an expression to a field. */
  assignField(field: Field, value: DataExpr): void {
    this.assign({ kind: 'field', field }, value);
  }

  /** Store words, least significant first, into a field; @param max the largest value they can make. */
  storeWords(field: Field, words: readonly string[], max: bigint): void {
    this.store({ kind: 'field', field }, words, max);
  }

  private assign(target: Lvalue, value: DataExpr): void {
    const field = targetField(target);
    if (field?.saturating) {
      const saturated: DataExpr = {
        kind: 'cast',
        op: field.signed ? 'sat_cast' : 'usat_cast',
        operand: value,
        width: field.width,
      };
      return this.assignTruncated(target, saturated, field.width);
    }
    this.assignTruncated(target, value, field ? field.width : registerWidth(target));
  }

  private assignTruncated(target: Lvalue, value: DataExpr, width: number): void {
    const range = rangeOf(value);
    const words = this.expressions.words(value, wordCount(width));
    this.store(target, words, range.min >= 0n ? range.max : undefined);
  }

  /**
   * Store words (least significant first; missing ones are zero) into a target.
   * @param max the largest value they can make, if that is known: it may save the mask.
   */
  private store(target: Lvalue, words: readonly string[], max: bigint | undefined): void {
    const { out, expressions: ex } = this;
    switch (target.kind) {
      case 'field':
        return this.storeAt(`${this.layout.slot(target.field)}`, target.field.width, words, max);
      case 'lastField': {
        const header = out.hold(`at(SH${target.stack.index}, N[${target.stack.index}] - 1)`);
        return this.storeDynamic(header, target.stack.headers[0]!.fields[target.offset]!, words, max);
      }
      case 'accessField': {
        const held = words.map((word) => out.hold(word));
        const header = out.hold(ex.headerIndex(target.header));
        const field = candidates(target.header)[0]!.fields[target.offset]!;
        return this.storeDynamic(header, field, held, max);
      }
      case 'register': {
        const held = words.map((word) => out.hold(word));
        const index = ex.index(target.index, target.array.size);
        return out.block(`if (${index} >= 0)`, () =>
          this.storeCells(target.array.index, target.array.width, index, held),
        );
      }
    }
  }

  private storeDynamic(
    header: string,
    field: Field,
    words: readonly string[],
    max: bigint | undefined,
  ): void {
    const relative = this.layout.slot(field) - this.layout.base(field.header);
    const held = words.map((word) => this.out.hold(word));
    this.out.block(`if (${header} >= 0)`, () => {
      const base = this.out.hold(`BASE[${header}] + ${relative}`);
      this.storeAt(base, field.width, held, max);
    });
  }

  private storeAt(slot: string, width: number, words: readonly string[], max: bigint | undefined): void {
    const count = wordCount(width);
    // A wider value may read the very words that are being overwritten.
    const held = count > 1 ? words.map((word) => this.out.hold(word)) : words;
    for (let i = 0; i < count; i++) {
      const word = held[i] ?? '0';
      const fits = max !== undefined && max <= maskOf(width);
      const masked = i === count - 1 && width % 32 !== 0 && !fits ? `${word} & ${maskOf(width % 32)}` : word;
      const place = /^\d+$/.test(slot) ? `${Number(slot) + count - 1 - i}` : `${slot} + ${count - 1 - i}`;
      this.out.line(`F[${place}] = ${masked};`);
    }
  }

  private writeRegister(primitive: Extract<Primitive, { op: 'registerWrite' }>, index: string): void {
    const words = this.expressions.words(primitive.value, wordCount(primitive.array.width));
    this.storeCells(primitive.array.index, primitive.array.width, index, words);
  }

  private storeCells(array: number, width: number, index: string, words: readonly string[]): void {
    const count = wordCount(width);
    const held = count > 1 ? words.map((word) => this.out.hold(word)) : words;
    for (let i = 0; i < count; i++) {
      const word = held[i] ?? '0';
      const masked = i === count - 1 && width % 32 !== 0 ? `${word} & ${maskOf(width % 32)}` : word;
      this.out.line(`R${array}[${index} * ${count} + ${count - 1 - i}] = ${masked};`);
    }
  }

  private assignVarbit(target: Field, source: Field): void {
    this.out.line(
      `copyVarbit(${target.header.index}, ${target.offset}, ${source.header.index}, ${source.offset});`,
    );
  }

  private assignHeader(target: HeaderExpr, source: HeaderExpr): void {
    const { out, expressions: ex } = this;
    if (target.kind === 'header' && source.kind === 'header' && isPlain(target.header)) {
      const [to, from] = [this.layout.base(target.header), this.layout.base(source.header)];
      out.branch(
        `V[${source.header.index}] === 1`,
        () => {
          for (let i = 0; i < this.layout.headerWords(target.header); i++) {
            out.line(`F[${to + i}] = F[${from + i}];`);
          }
          if (!target.header.metadata) out.line(`V[${target.header.index}] = 1;`);
        },
        () => {
          if (!target.header.metadata) out.line(`V[${target.header.index}] = 0;`);
        },
      );
      return;
    }
    out.line(`copyHeader(${ex.headerIndex(target)}, ${ex.headerIndex(source)});`);
  }

  private setValid(expr: HeaderExpr): void {
    if (expr.kind === 'header' && isPlain(expr.header)) {
      const { header } = expr;
      if (header.metadata) return;
      this.out.block(`if (V[${header.index}] !== 1)`, () => {
        const base = this.layout.base(header);
        for (let i = 0; i < this.layout.headerWords(header); i++) this.out.line(`F[${base + i}] = 0;`);
        this.out.line(`V[${header.index}] = 1;`);
        this.out.line(`P.packetLength += ${header.fixedBytes};`);
      });
      return;
    }
    this.out.line(`makeValid(${this.expressions.headerIndex(expr)});`);
  }

  private setInvalid(expr: HeaderExpr): void {
    if (expr.kind === 'header' && isPlain(expr.header)) {
      const { header } = expr;
      if (header.metadata) return;
      this.out.block(`if (V[${header.index}] === 1)`, () => {
        this.out.line(`V[${header.index}] = 0;`);
        this.out.line(`P.packetLength -= ${header.fixedBytes};`);
      });
      return;
    }
    this.out.line(`makeInvalid(${this.expressions.headerIndex(expr)});`);
  }

  private drop(): void {
    const { intrinsic } = this.layout.program;
    const spec = intrinsic.get('standard_metadata.egress_spec')!;
    this.assignField(spec, { kind: 'const', value: 511n });
    const group = intrinsic.get('intrinsic_metadata.mcast_grp');
    if (group) this.assignField(group, { kind: 'const', value: 0n });
  }

  private hash(primitive: Extract<Primitive, { op: 'hash' }>): void {
    const { out } = this;
    const hash = out.hold(`calculate(${primitive.calculation.index})`);
    const base = rangeOf(primitive.base);
    const size = rangeOf(primitive.size);
    const small = (max: bigint): boolean => max <= 0xffffffffffffn;
    if (base.min >= 0n && size.min >= 0n && small(base.max) && small(size.max)) {
      const divisor = out.hold(`(${this.expressions.number(primitive.size)} || 1)`);
      const offset = out.hold(this.expressions.number(primitive.base));
      const value = out.hold(`remainder(${hash}, ${divisor}) + ${offset}`);
      this.store(primitive.target, [`(${value} | 0)`, `(Math.floor(${value} / 4294967296) | 0)`], maskOf(50));
      return;
    }
    const divisor = out.hold(`(${this.unsigned64(primitive.size)} || 1n)`);
    const value = out.hold(`BigInt(${hash}) % ${divisor} + ${this.unsigned64(primitive.base)}`);
    this.store(primitive.target, this.bigWords(value), maskOf(64));
  }

  /** The two low words of a bigint held in a name. */
  private bigWords(value: string): string[] {
    return [
      this.out.hold(`Number(BigInt.asIntN(32, ${value}))`),
      this.out.hold(`Number(BigInt.asIntN(32, ${value} >> 32n))`),
    ];
  }

  private unsigned64(expr: DataExpr): string {
    return this.out.hold(`BigInt.asUintN(64, ${this.expressions.big(expr)})`);
  }

  private uint16(expr: DataExpr): string {
    return `(${this.expressions.words(expr, 1)[0]} & 0xffff)`;
  }

  private union(expr: UnionExpr): string {
    return this.expressions.unionIndex(expr);
  }
}
