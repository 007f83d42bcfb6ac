import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { checkText } from '../front-end.helper.spec.js';
import type * as ast from '../syntax/ast.js';
import { typeText } from './type-ops.js';

const router = readFileSync(new URL('./fixtures/router.p4', import.meta.url), 'utf8');

describe('the checker', () => {
  it('finds nothing wrong with a router for v1model, in both versions of the architecture', () => {
    assert.deepEqual(checkText(router).messages, []);
    const newer = router
      .replace('counter(16', 'counter<bit<32>>(16')
      .replace('register<bit<32>>', 'register<bit<32>, bit<32>>');
    assert.deepEqual(checkText(newer, { V1MODEL_VERSION: '20200408' }).messages, []);
  });

  it('finds nothing wrong with the shipped architectures', () => {
    assert.deepEqual(checkText('#include <core.p4>\n#include <v1model.p4>').messages, []);
    assert.deepEqual(checkText('#include <tna.p4>').messages, []);
  });

  it('fills in the type arguments of main and resolves its blocks', () => {
    const { checked } = checkText(router);
    const call = checked.callOf(checked.main!);
    assert.deepEqual(
      call.typeArgs.map((t) => typeText(t)),
      ['headers_t', 'metadata_t'],
    );
    assert.equal(call.args.length, 6);
    assert.deepEqual(checked.errors.slice(-2), ['ParserInvalidArgument', 'WrongVersion']);
    assert.deepEqual(checked.matchKinds, ['exact', 'ternary', 'lpm', 'range', 'optional', 'selector']);
  });

  it('knows constants with the width of their type', () => {
    const { checked, program, messages } = checkText(`
      const bit<8> a = 250 + 10w10[7:0] ++ 0w0;
      enum bit<4> E { x = 3 }
      const bit<4> e = E.x;
      struct S { bit<8> f; bool g; }
      const S s = { 7, true };
      const bit<8> f = s.f |-| 9;
      const int<8> n = -128 - 1;
      const bool b = (8w255 + 1 == 0) && -5 >> 1 == -3;
      header h_t { bit<12> p; bit<4> q; }
      const int w = h_t.minSizeInBytes();`);
    assert.deepEqual(
      messages.filter((m) => !m.includes('P4C312')),
      [],
    );
    const value = (name: string): unknown => {
      const decl = program.declarations.find(
        (d) => 'name' in d && d.name.text === name,
      ) as ast.ConstantDeclaration;
      const constant = checked.constantOf(decl.value);
      return constant?.kind === 'int' || constant?.kind === 'bool' ? constant.value : constant?.kind;
    };
    assert.deepEqual(['a', 'e', 'f', 'b', 'w'].map(value), [4n, 3n, 0n, true, 2n]);
  });

  it('folds arithmetic of fixed width as a machine of that width would', () => {
    const op = fc.constantFrom('+', '-', '*', '&', '|', '^');
    const value = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(op, value, value, (operator, a, b) => {
        const { checked, program } = checkText(`const bit<8> x = 8w${a} ${operator} 8w${b};`);
        const expected =
          { '+': a + b, '-': a - b, '*': a * b, '&': a & b, '|': a | b, '^': a ^ b }[operator]! & 255;
        const constant = checked.constantOf((program.declarations[0] as ast.ConstantDeclaration).value);
        assert.deepEqual(constant, { kind: 'int', value: BigInt(expected) });
      }),
    );
  });

  it('lets a TNA block leave out optional parameters', () => {
    const { messages } = checkText(`#include <tna.p4>
      header e_t { bit<48> d; } struct H { e_t e; } struct M { }
      parser IP(packet_in p, out H h, out M m, out ingress_intrinsic_metadata_t i) {
        state start { p.extract(i); p.advance(PORT_METADATA_SIZE); p.extract(h.e); transition accept; } }
      control I(inout H h, inout M m, in ingress_intrinsic_metadata_t i,
                inout ingress_intrinsic_metadata_for_tm_t t) {
        Register<bit<32>, bit<10>>(1024) seen;
        RegisterAction<bit<32>, bit<10>, bit<32>>(seen) bump = { void apply(inout bit<32> v, out bit<32> o) { v = v + 1; o = v; } };
        apply { t.ucast_egress_port = i.ingress_port; bit<32> n = bump.execute(1); } }
      control ID(packet_out p, inout H h, in M m) { apply { p.emit(h); } }
      parser EP(packet_in p, out H h, out M m) { state start { transition accept; } }
      control E(inout H h, inout M m) { apply { } }
      Pipeline(IP(), I(), ID(), EP(), E(), ID()) pipe;
      Switch(pipe) main;`);
    assert.deepEqual(messages, []);
  });

  it('checks a program of a thousand lines without a message', () => {
    const actions = Array.from(
      { length: 330 },
      (_, i) => `action a${i}(bit<8> p) {\n x = x + p + ${i % 256};\n}`,
    );
    const { messages } = checkText(`control c(inout bit<8> x) {\n${actions.join('\n')}\napply { a0(1); }\n}`);
    assert.deepEqual(messages, []);
  });
});

describe('any program, however broken', () => {
  it('ends in messages, never in an exception', () => {
    const pieces = router.split(/(\s+|[{}()<>;:,.=])/).filter((p) => p !== '');
    const index = fc.nat(pieces.length - 1);
    const change = fc.record({
      at: index,
      from: index,
      how: fc.constantFrom('cut', 'copy', 'drop', 'odd'),
      odd: fc.constantFrom(
        '<',
        '(',
        '{',
        '"',
        '/*',
        '#if',
        '...',
        '_',
        '&&&',
        'error',
        'default',
        '.',
        '9999999w1',
        '{#}',
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const broken = pieces.slice();
        for (const { at, from, how, odd } of changes) {
          if (how === 'cut') broken.length = Math.min(broken.length, at);
          else if (how === 'drop') broken.splice(at, 2);
          else broken.splice(at, 0, how === 'copy' ? pieces[from]! : odd);
        }
        checkText(broken.join(''));
      }),
      { numRuns: 150 },
    );
  });
});
