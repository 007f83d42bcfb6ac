import { wordCount } from '../bits/words.js';
import type { Node, Pipeline, TableDecl } from '../ir/program.js';
import { keyLayout } from '../tables/tuple-space.js';
import type { ExpressionCompiler } from './expressions.js';
import type { Layout } from './layout.js';
import type { Source } from './source.js';
import type { StatementCompiler } from './statements.js';

/** Tables as functions `tN()` that return the number of the next node, pipelines as loops over those numbers. */
export class ControlCompiler {
  private readonly hasExit: boolean;

  constructor(
    private readonly out: Source,
    private readonly layout: Layout,
    private readonly expressions: ExpressionCompiler,
    private readonly statements: StatementCompiler,
  ) {
    this.hasExit = layout.program.actions.some((action) => action.body.some(({ op }) => op === 'exit'));
  }

  pipeline(pipeline: Pipeline): void {
    const { out } = this;
    const numbers = new Map(pipeline.nodes.map((node, index) => [node, index] as const));
    const number = (node: Node | undefined): number => (node ? (numbers.get(node) ?? -1) : -1);
    for (const node of pipeline.nodes) if (node.kind === 'table') this.table(node.table, number);
    out.block(`function ${pipeline.name}()`, () => {
      if (!pipeline.first) return;
      out.line(`let n = ${number(pipeline.first)};`);
      out.block('for (;;)', () => {
        out.block('switch (n)', () => {
          for (const [index, node] of pipeline.nodes.entries()) {
            out.block(`case ${index}:`, () => this.node(node, number));
          }
          out.line('default: return;');
        });
        if (this.hasExit) out.line('if (P.exit) return;');
      });
    });
  }

  private node(node: Node, number: (node: Node | undefined) => number): void {
    const { out } = this;
    switch (node.kind) {
      case 'table':
        out.line(`n = t_${node.table.index}();`);
        break;
      case 'conditional': {
        const { condition, whenTrue, whenFalse } = node.conditional;
        out.line(`n = ${this.expressions.truth(condition)} ? ${number(whenTrue)} : ${number(whenFalse)};`);
        break;
      }
      case 'action':
        out.line(`a${node.call.action.index}(NODATA);`);
        out.line(`n = ${number(node.call.next)};`);
        break;
    }
    out.line('break;');
  }

  private table(table: TableDecl, number: (node: Node | undefined) => number): void {
    const { out } = this;
    out.block(`function t_${table.index}()`, () => {
      if (table.key.length > 0) {
        this.key(table);
        out.line(`const e = I${table.index}.lookup(K${table.index});`);
        out.line('let target;');
        out.branch(
          'e !== undefined',
          () => {
            this.directResources(table, 'e', true);
            out.line('target = e.target;');
          },
          () => {
            this.directResources(table, `T${table.index}.defaultResources`, false);
            out.line(`target = T${table.index}.defaultTarget;`);
          },
        );
      } else {
        out.line('const e = undefined;');
        this.directResources(table, `T${table.index}.defaultResources`, false);
        out.line(`const target = T${table.index}.defaultTarget;`);
      }
      const bound = table.profile ? out.hold(`choose(target, ${table.profile.index})`) : 'target';
      const { next } = table;
      const ends =
        next.kind === 'byHit' ? `return e !== undefined ? ${number(next.hit)} : ${number(next.miss)};` : '';
      out.block(`if (${bound} !== undefined)`, () => {
        out.block(`switch (${bound}.actionIndex)`, () => {
          for (const action of table.actions) {
            const call = action.body.length > 0 ? `a${action.index}(${bound}.words); ` : '';
            const after = next.kind === 'byHit' ? ends : `return ${number(next.targets.get(action.index))};`;
            out.line(`case ${action.index}: ${call}${after}`);
          }
          // With hit/miss routing a default action need not be among the table's actions.
          out.line(`default: A[${bound}.actionIndex](${bound}.words);`);
        });
      });
      out.line(next.kind === 'byHit' ? ends : `return ${number(next.base)};`);
    });
  }

  private key(table: TableDecl): void {
    const { out, layout } = this;
    const places = keyLayout(table.key).parts;
    for (const [index, part] of table.key.entries()) {
      const { offset, words } = places[index]!;
      if (part.source.kind === 'valid') {
        out.line(`K${table.index}[${offset}] = V[${part.source.header.index}];`);
        continue;
      }
      const { field } = part.source;
      for (let i = 0; i < wordCount(field.width); i++) {
        const word = `F[${layout.slot(field) + i}]`;
        const mask =
          part.mask === undefined
            ? word
            : `${word} & ${BigInt.asIntN(32, part.mask >> BigInt(32 * (words - 1 - i)))}`;
        const value = field.header.metadata ? mask : `V[${field.header.index}] === 1 ? ${mask} : 0`;
        out.line(`K${table.index}[${offset + i}] = ${value};`);
      }
    }
  }

  private directResources(table: TableDecl, holder: string, hit: boolean): void {
    const { out } = this;
    if (table.withCounters) {
      out.line(`${holder}.packets += 1;`);
      out.line(`${holder}.bytes += P.ingressLength;`);
    }
    if (hit && table.withTimeout) out.line(`${holder}.lastHit = ENV.now();`);
    if (table.meter?.result) {
      const amount = table.meter.unit === 'bytes' ? 'P.ingressLength' : '1';
      const store = (): void => {
        const colour = out.hold(`${holder}.meter.execute(${amount}, P.ingressLength, ENV.now())`);
        this.statements.storeWords(table.meter!.result!, [colour], 2n);
      };
      if (hit) store();
      else out.block(`if (${holder}.isMetered)`, store);
    }
  }
}
