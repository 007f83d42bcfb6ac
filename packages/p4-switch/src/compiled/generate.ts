import type { Program } from '../ir/program.js';
import { ControlCompiler } from './control.js';
import { ExpressionCompiler } from './expressions.js';
import { byteLength, compileEmit, compileExtract, isFixed } from './headers.js';
import { Layout } from './layout.js';
import { ParserCompiler } from './parser.js';
import { Source } from './source.js';
import { StatementCompiler } from './statements.js';

export interface Generated {
  readonly source: string;
  readonly layout: Layout;
  readonly logFormats: readonly string[];
}

/**
 * The JavaScript of a program: the body of a function of one parameter, `rt`, that returns
 * `{ reset, parse, verify, ingress, egress, deparse }`. Short names in it: F fields, V validity, N next indices, P packet,
 * B/DV its bytes, Tn tables, In their indices, Kn their keys, Rn registers, Cn counters, Mn meters, An actions.
 */
export function generate(program: Program): Generated {
  const out = new Source();
  const layout = new Layout(program);
  const expressions = new ExpressionCompiler(out, layout);
  const statements = new StatementCompiler(out, expressions, layout);

  out.line('"use strict";');
  prologue(out, program, layout);
  for (const header of program.headers) {
    if (!isFixed(header)) continue;
    if (!header.metadata) {
      compileExtract(out, layout, header);
      compileEmit(out, layout, header);
    }
  }
  out.line(
    `const X = [${program.headers.map((h) => (isFixed(h) && !h.metadata ? `x${h.index}` : 'null')).join(', ')}];`,
  );
  for (const action of program.actions) statements.action(action);
  out.line(`const A = [${program.actions.map((action) => `a${action.index}`).join(', ')}];`);
  new ParserCompiler(out, layout, expressions, statements).compile();
  const control = new ControlCompiler(out, layout, expressions, statements);
  control.pipeline(program.ingress);
  control.pipeline(program.egress);
  verify(out, program, expressions);
  deparse(out, program, layout, expressions, statements);
  reset(out, program);
  out.line('return { reset, parse, verify, ingress, egress, deparse };');
  return { source: out.toString(), layout, logFormats: statements.logFormats };
}

function prologue(out: Source, program: Program, layout: Layout): void {
  out.line('const { F, V, N, P, B, DV, ENV, VS, S } = rt;');
  out.line('const NODATA = new Uint32Array(0);');
  for (const { index } of program.registers) out.line(`const R${index} = rt.registers[${index}].cells;`);
  for (const { index } of program.counters) out.line(`const C${index} = rt.counters[${index}];`);
  for (const { index } of program.meters) out.line(`const M${index} = rt.meters[${index}];`);
  for (const { index } of program.tables) {
    out.line(`const T${index} = rt.tables[${index}];`);
    out.line(`const I${index} = T${index}.index;`);
    out.line(`const K${index} = new Int32Array(I${index}.layout.words);`);
  }
  for (const { index, headers } of program.stacks) {
    out.line(`const SH${index} = [${headers.map((header) => header.index).join(', ')}];`);
  }
  for (const { index, unions } of program.unionStacks) {
    out.line(`const SU${index} = [${unions.map((union) => union.index).join(', ')}];`);
  }
  const unions = program.unions.map((union) => `[${union.headers.map((h) => h.index).join(', ')}]`);
  out.line(`const UH = [${unions.join(', ')}];`);
  out.line(`const BASE = [${program.headers.map((header) => layout.base(header)).join(', ')}];`);
  out.line('let cur = 0, end = 0, err = 0;');
  out.line('function at(list, i) { return i >= 0 && i < list.length ? list[i] : -1; }');
  out.line('function peek(offset, width) { return S.bits(cur * 8 + offset, width); }');
  out.line('function remainder(hash, divisor) {');
  out.line('  return typeof hash === "bigint" ? Number(hash % BigInt(divisor)) : hash % divisor;');
  out.line('}');
  for (const [name, params] of [
    ['makeValid', 'h'],
    ['makeInvalid', 'h'],
    ['unionValid', 'u'],
    ['sameHeader', 'a, b'],
    ['sameUnion', 'a, b'],
    ['copyHeader', 'a, b'],
    ['copyUnion', 'a, b'],
    ['copyVarbit', 'a, b, c, d'],
    ['push', 's, n'],
    ['pop', 's, n'],
    ['pushUnion', 's, n'],
    ['popUnion', 's, n'],
    ['extractVariable', 'h, o, n'],
    ['emitVariable', 'h, o'],
    ['calculate', 'c'],
  ] as const) {
    out.line(`function ${name}(${params}) { return S.${name}(${params}); }`);
  }
  out.line('const { abort, log, choose } = rt;');
}

function reset(out: Source, program: Program): void {
  out.block('function reset()', () => {
    out.line('F.fill(0);');
    // Storing a few bytes one by one is quicker than a call; metadata stay valid for ever.
    const headers = program.headers.filter((header) => !header.metadata);
    if (headers.length <= 64) for (const { index } of headers) out.line(`V[${index}] = 0;`);
    else {
      out.line('V.fill(0);');
      for (const { index, metadata } of program.headers) if (metadata) out.line(`V[${index}] = 1;`);
    }
    if (program.stacks.length + program.unionStacks.length > 0) out.line('N.fill(0);');
  });
}

/** Sets `P.checksumError`: BMv2 verifies after parsing, skipping targets in invalid headers. */
function verify(out: Source, program: Program, expressions: ExpressionCompiler): void {
  out.block('function verify()', () => {
    for (const checksum of program.checksums) {
      if (!checksum.verify) continue;
      const { target } = checksum;
      out.block(target.header.metadata ? '' : `if (V[${target.header.index}] === 1)`, () => {
        const check = (): void => {
          const sum = out.hold(`BigInt(calculate(${checksum.calculation.index}))`);
          const field = expressions.big({ kind: 'field', field: target });
          out.line(`if (${sum} !== BigInt.asUintN(64, ${field})) { P.checksumError = true; return; }`);
        };
        if (!checksum.condition) return check();
        out.block(`if (${expressions.truth(checksum.condition)})`, check);
      });
    }
    out.line('P.checksumError = false;');
  });
}

function deparse(
  out: Source,
  program: Program,
  layout: Layout,
  expressions: ExpressionCompiler,
  statements: StatementCompiler,
): void {
  out.block('function deparse()', () => {
    for (const checksum of program.checksums) {
      if (!checksum.update) continue;
      const update = (): void => {
        const sum = out.hold(`calculate(${checksum.calculation.index})`);
        const { target } = checksum;
        const low = out.hold(`typeof ${sum} === "bigint" ? Number(BigInt.asIntN(32, ${sum})) : ${sum}`);
        const high =
          target.width > 32
            ? [out.hold(`typeof ${sum} === "bigint" ? Number(BigInt.asIntN(32, ${sum} >> 32n)) : 0`)]
            : [];
        statements.storeWords(target, [low, ...high], (1n << 64n) - 1n);
      };
      out.block('', () => {
        if (!checksum.condition) return update();
        out.block(`if (${expressions.truth(checksum.condition)})`, update);
      });
    }
    for (const primitive of program.deparser.primitives) {
      out.block('', () => statements.primitive(primitive));
    }
    const { headers } = program.deparser;
    out.line('let length = 0;');
    for (const header of headers) {
      out.line(`if (V[${header.index}] === 1) length += ${byteLength(layout, header)};`);
    }
    out.line('let o = P.start - length;');
    out.line('if (o < 0) throw new RangeError("headers exceed the headroom");');
    out.line('P.start = o;');
    for (const header of headers) {
      const write =
        isFixed(header) && !header.metadata ? `e${header.index}(o)` : `emitVariable(${header.index}, o)`;
      out.line(`if (V[${header.index}] === 1) { ${write}; o += ${byteLength(layout, header)}; }`);
    }
  });
}
