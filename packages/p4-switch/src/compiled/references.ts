import { wordCount } from '../bits/words.js';
import type { DataExpr, HeaderExpr, UnionExpr } from '../ir/expressions.js';
import type { Field } from '../ir/program.js';
import type { Layout } from './layout.js';
import { isSafe, rangeOf } from './range.js';
import type { Source } from './source.js';
import { range32, signExtend } from './word-forms.js';

/** Where fields and headers are found in generated code, also those that only the packet decides on (stacks). */
export abstract class References {
  constructor(
    protected readonly out: Source,
    readonly layout: Layout,
  ) {}

  abstract number(expr: DataExpr): string;
  abstract big(expr: DataExpr): string;

  /** The words of a field whose first slot is `slot`. */
  protected fieldWords(slot: string, field: Field, count: number): string[] {
    const words = wordCount(field.width);
    const place = (i: number): string =>
      /^\d+$/.test(slot) ? `F[${Number(slot) + i}]` : `F[${slot} + ${i}]`;
    const out = range32(Math.min(words, count)).map((i) => place(words - 1 - i));
    if (field.signed && count >= words) {
      out[words - 1] = this.out.hold(signExtend(out[words - 1]!, field.width));
    }
    return out;
  }

  protected dynamicField(header: string, field: Field, count: number): string[] {
    const relative = this.layout.slot(field) - this.layout.base(field.header);
    const base = this.out.hold(`${header} < 0 ? -1 : BASE[${header}] + ${relative}`);
    const words = wordCount(field.width);
    const out = range32(Math.min(words, count)).map((i) =>
      this.out.hold(`${base} < 0 ? 0 : F[${base} + ${words - 1 - i}]`),
    );
    if (field.signed && count >= words) {
      out[words - 1] = this.out.hold(signExtend(out[words - 1]!, field.width));
    }
    return out;
  }

  /** JavaScript for the index of a header, -1 if there is none. */
  headerIndex(expr: HeaderExpr): string {
    switch (expr.kind) {
      case 'header':
        return `${expr.header.index}`;
      case 'stackElement':
        return this.out.hold(`at(SH${expr.stack.index}, ${this.plainIndex(expr.index)})`);
      case 'unionMember': {
        if (expr.union.kind === 'union') return `${expr.union.union.headers[expr.member]!.index}`;
        const union = this.out.hold(this.unionIndex(expr.union));
        return this.out.hold(`${union} < 0 ? -1 : UH[${union}][${expr.member}]`);
      }
    }
  }

  unionIndex(expr: UnionExpr): string {
    if (expr.kind === 'union') return `${expr.union.index}`;
    return this.out.hold(`at(SU${expr.stack.index}, ${this.plainIndex(expr.index)})`);
  }

  private plainIndex(expr: DataExpr): string {
    return isSafe(rangeOf(expr)) ? this.number(expr) : `Number(${this.big(expr)})`;
  }

  /** An array index held in a name: 0 .. size - 1, or -1 if the value is none. */
  index(expr: DataExpr, size: number): string {
    const range = rangeOf(expr);
    const value = this.out.hold(this.plainIndex(expr));
    if (range.min >= 0n && range.max < BigInt(size)) return value;
    return this.out.hold(`${value} >= 0 && ${value} < ${size} ? ${value} : -1`);
  }
}
