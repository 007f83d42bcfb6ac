import assert from 'node:assert/strict';
import { errorOf, jsonOf, type Parts } from '../fixtures.helper.spec.js';
import type { JsonPrimitive } from '../index.js';

/** The primitives of a program's ingress code outside of tables, in the order in which they run when nothing branches. */
function code(parts: Parts): readonly JsonPrimitive[] {
  const json = jsonOf(parts);
  const [ingress] = json.pipelines;
  const primitives: JsonPrimitive[] = [];
  for (let name = ingress!.init_table; name !== null; ) {
    const table = ingress!.tables.find((candidate) => candidate.name === name);
    assert.ok(table, `${name} is not a table`);
    primitives.push(...json.actions.find((action) => action.id === table.action_ids[0])!.primitives);
    name = table.base_default_next;
  }
  return primitives;
}

/** An assignment as `a.b = c.d`, with constants as numbers and anything more as its operation. */
function text(primitive: JsonPrimitive): string {
  const show = (value: unknown): string => {
    const { type, value: inner } = value as { type: string; value: unknown };
    if (type === 'field') return (inner as string[]).join('.');
    if (type === 'hexstr') return `${BigInt(inner as string)}`;
    if (type === 'expression' && inner && typeof inner === 'object' && 'op' in inner) {
      const { op, left, right } = inner as { op: string; left: unknown; right: unknown };
      return `(${left ? show(left) : ''} ${op} ${typeof right === 'number' ? right : show(right)})`;
    }
    return type === 'expression' ? show(inner) : String(inner);
  };
  const [left, right] = primitive.parameters.map(show);
  if (primitive.op === 'assign' || primitive.op === 'assign_header') return `${left} = ${right}`;
  return `${primitive.op} ${primitive.parameters.map(show).join(' ')}`;
}

function lines(parts: Parts): string[] {
  return code(parts).map(text);
}

describe('normalisation', () => {
  it('swaps headers through a temporary, whole', () => {
    assert.deepEqual(lines({ apply: 'data_h t = hdr.data; hdr.data = hdr.other; hdr.other = t;' }), [
      't = data',
      'data = other',
      'other = t',
    ]);
  });

  it('reads all of a list before it writes any of it', () => {
    assert.deepEqual(lines({ apply: 'hdr.data = { hdr.data.b, hdr.data.a, 1, 2 };' }), [
      'scalars.tmp = data.b',
      'scalars.tmp_0 = data.a',
      'add_header data',
      'data.a = scalars.tmp',
      'data.b = scalars.tmp_0',
      'data.c = 1',
      'data.s = 2',
    ]);
  });

  it('keeps the other bits of a field when a slice of it is assigned', () => {
    assert.deepEqual(lines({ apply: 'hdr.data.c[11:4] = hdr.data.a;' }), [
      'data.c = ((data.c & 61455) | (((data.a << 4) & 65535) & 4080))',
    ]);
  });

  it('saves an operand that a later one changes', () => {
    const types = 'bit<8> next(inout bit<8> n) { n = n + 1; return n; }';
    assert.deepEqual(lines({ types, apply: 'meta.y = meta.x + next(meta.x);' }), [
      'scalars.tmp = scalars.userMetadata.x',
      'scalars.userMetadata.x = ((scalars.userMetadata.x + 1) & 255)',
      'scalars.next_result = scalars.userMetadata.x',
      'scalars.userMetadata.y = ((scalars.tmp + scalars.next_result) & 255)',
    ]);
  });

  it('copies arguments that overlap in and out, from left to right', () => {
    const types = 'void both(inout bit<8> a, inout bit<8> b) { a = 1; b = 2; }';
    assert.deepEqual(lines({ types, apply: 'both(meta.x, meta.x);' }), [
      'scalars.a = scalars.userMetadata.x',
      'scalars.b = scalars.userMetadata.x',
      'scalars.a = 1',
      'scalars.b = 2',
      'scalars.userMetadata.x = scalars.a',
      'scalars.userMetadata.x = scalars.b',
    ]);
  });

  it('works on arguments in place where nobody can tell', () => {
    const types = 'void both(inout bit<8> a, in bit<8> b) { a = a + b; }';
    assert.deepEqual(lines({ types, apply: 'both(meta.x, meta.y);' }), [
      'scalars.userMetadata.x = ((scalars.userMetadata.x + scalars.userMetadata.y) & 255)',
    ]);
  });

  it('copies out before it exits from inside of a call', () => {
    const types = 'control Sub(inout bit<8> v) { apply { v = 7; exit; } }';
    const parts = { types, locals: 'Sub() sub;', apply: 'sub.apply(hdr.data.c[7:0]); meta.x = 1;' };
    assert.deepEqual(lines(parts), [
      'scalars.v = (data.c & 255)',
      'scalars.v = 7',
      'data.c = ((data.c & 65280) | (scalars.v & 255))',
    ]);
  });

  it('leaves out what stands after a return', () => {
    assert.deepEqual(lines({ apply: 'meta.x = 1; return; meta.x = 2;' }), ['scalars.userMetadata.x = 1']);
  });

  it('specialises generic functions', () => {
    const types = 'T first<T>(in T a, in T b) { return a; }';
    assert.deepEqual(lines({ types, apply: 'meta.wide = first<bit<32>>(5, meta.wide);' }), [
      'scalars.first_result = 5',
      'scalars.userMetadata.wide = scalars.first_result',
    ]);
  });

  it('decides conditions that are known', () => {
    const types = 'const bool ON = true;';
    const apply = 'if (ON && 3 > 2) { meta.x = 1; } else { meta.x = 2; } meta.y = ON ? 8w4 : 8w5;';
    assert.deepEqual(lines({ types, apply }), ['scalars.userMetadata.x = 1', 'scalars.userMetadata.y = 4']);
  });

  it('does not evaluate what && and || skip', () => {
    const types = 'bool hit(inout bit<8> n) { n = n + 1; return n == 0; }';
    const json = jsonOf({ types, apply: 'meta.flag = meta.x == 3 && hit(meta.y);' });
    const [condition] = json.pipelines[0]!.conditionals;
    assert.equal(json.pipelines[0]!.conditionals.length, 1);
    const effect = json.pipelines[0]!.tables.find((table) => table.name === condition!.true_next);
    const action = json.actions.find((candidate) => candidate.id === effect!.action_ids[0])!;
    assert.match(text(action.primitives[0]!), /^scalars\.userMetadata\.y = /);
    assert.notEqual(condition!.false_next, condition!.true_next);
  });

  it('compares headers by validity and fields', () => {
    const [condition] = jsonOf({ apply: 'if (hdr.data == hdr.other) { meta.x = 1; }' }).pipelines[0]!
      .conditionals;
    const written = JSON.stringify(condition!.expression);
    for (const part of ['$valid$', '"c"', '"s"', '"not"', '"or"']) assert.ok(written.includes(part), part);
  });

  it('refuses recursion', () => {
    const types = 'bit<8> f(in bit<8> n) { return f(n); }';
    assert.match(errorOf({ types, apply: 'meta.x = f(1);' }), /^P4C/);
  });

  it('says that loops are not done yet', () => {
    const apply = 'for (bit<8> i = 0; i < 4; i = i + 1) { meta.x = meta.x + i; }';
    assert.equal(errorOf({ apply }), 'P4C901 a `for` loop is not supported yet');
  });
});
