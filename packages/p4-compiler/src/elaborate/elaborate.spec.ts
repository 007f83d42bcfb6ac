import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileParts, errorOf, type Parts } from '../fixtures.helper.spec.js';
import { renderDiagnostics } from '../index.js';
import { foldInteger, wrap } from './arithmetic.js';
import { NameGenerator, qualify } from './names.js';

function tableNames(parts: Parts): (string | undefined)[] {
  const { p4info, diagnostics } = compileParts(parts);
  assert.ok(p4info, renderDiagnostics(diagnostics));
  return p4info.tables.map((table) => table.preamble?.name);
}

const SUB =
  'control Sub(inout bit<8> v) { action b() { } table t { key = { v: exact; } actions = { b; } } apply { t.apply(); } }';

describe('names of instances', () => {
  it('are the path from the control of the package', () => {
    const locals = 'Sub() one; @name("other") Sub() two;';
    const apply = 'one.apply(meta.x); two.apply(meta.x);';
    assert.deepEqual(tableNames({ types: SUB, locals, apply }), ['I.one.t', 'I.other.t']);
  });

  it('go by the type where a control is applied by it', () => {
    assert.deepEqual(tableNames({ types: SUB, apply: 'Sub.apply(meta.x);' }), ['I.Sub.t']);
  });

  it('are absolute with a leading dot', () => {
    const types = SUB.replace('table t', '@name(".top") table t');
    assert.deepEqual(tableNames({ types, locals: 'Sub() one;', apply: 'one.apply(meta.x);' }), ['top']);
    assert.equal(qualify('a.b', '.c'), 'c');
    assert.equal(qualify('a.b', 'c'), 'a.b.c');
  });

  it('leave out what no packet can reach', () => {
    assert.deepEqual(
      tableNames({ types: SUB, locals: 'Sub() one;', apply: 'if (false) { one.apply(meta.x); }' }),
      [],
    );
  });
});

describe('constructor arguments', () => {
  it('are known inside of the block, through arithmetic', () => {
    const types =
      'control Sub(inout bit<32> v)(bit<32> n) { register<bit<8>>(n * 2 + 1) cells; apply { v = n; } }';
    const { bmv2, diagnostics } = compileParts({
      types,
      locals: 'Sub(20) one;',
      apply: 'one.apply(meta.wide);',
    });
    assert.ok(bmv2, renderDiagnostics(diagnostics));
    assert.deepEqual(
      bmv2.register_arrays.map(({ name, size }) => [name, size]),
      [['I.one.cells', 41]],
    );
  });

  it('bring in other blocks', () => {
    const types = `${SUB} control SubType(inout bit<8> v); control Outer(inout bit<8> v)(SubType inner) { apply { inner.apply(v); } }`;
    assert.deepEqual(
      tableNames({ types, locals: 'Sub() own; Outer(own) outer;', apply: 'outer.apply(meta.x);' }),
      ['I.own.t'],
    );
  });

  it('must be known at compile time', () => {
    assert.match(
      errorOf({ locals: 'bit<32> n = 3; register<bit<8>>(n) r;' }),
      /^P4C\d+ .*(compile time|constant)/,
    );
  });
});

describe('arithmetic on constants', () => {
  const ops = ['+', '-', '*', '&', '|', '^', '|+|', '|-|'] as const;
  it('stays in the range of its type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.bigInt(),
        fc.bigInt(),
        fc.integer({ min: 1, max: 128 }),
        fc.boolean(),
        (op, a, b, width, signed) => {
          const type = { width, signed };
          const result = foldInteger(op, wrap(a, type), wrap(b, type), type)!;
          assert.equal(wrap(result, type), result);
        },
      ),
    );
  });

  it('has no value for a division by zero or a negative shift', () => {
    assert.equal(foldInteger('/', 1n, 0n, undefined), undefined);
    assert.equal(foldInteger('%', 1n, 0n, undefined), undefined);
    assert.equal(foldInteger('<<', 1n, -1n, undefined), undefined);
  });
});

describe('NameGenerator', () => {
  it('never gives a name twice', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'a_0', 'b'), { maxLength: 20 }), (bases) => {
        const names = new NameGenerator(['a']);
        const given = bases.map((base) => names.fresh(base));
        assert.equal(new Set(['a', ...given]).size, given.length + 1);
      }),
    );
  });
});
