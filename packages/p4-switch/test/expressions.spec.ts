import assert from 'node:assert/strict';
import fc from 'fast-check';
import { V1ModelSwitch } from '../src/index.js';
import { assign, document, type FieldSpec } from './program-builder.js';
import { ENGINES, hex, TestEnvironment } from './support.js';

type Json = { readonly type: string; readonly value: unknown };

const WIDTHS = [1, 3, 8, 9, 16, 31, 32, 33, 48, 53, 54, 63, 64, 65, 80, 96, 100, 128];

const fieldSpecs: fc.Arbitrary<FieldSpec[]> = fc
  .array(fc.record({ width: fc.constantFrom(...WIDTHS), signed: fc.boolean(), saturating: fc.nat(9) }), {
    minLength: 2,
    maxLength: 6,
  })
  .map((list) =>
    list.map(({ width, signed, saturating }, index) => ({
      name: `f${index}`,
      width,
      signed: signed && width > 1,
      saturating: saturating === 0,
    })),
  );

const op = (name: string, left: Json | null, right: Json, more: object = {}): Json => ({
  type: 'expression',
  value: { op: name, left, right, ...more },
});

const constant = (value: bigint): Json => ({
  type: 'hexstr',
  value: value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`,
});

const constants = fc
  .oneof(
    fc.bigInt({ min: -3n, max: 40n }),
    fc.constantFrom(...WIDTHS.map((width) => (1n << BigInt(width)) - 1n)),
    fc.bigInt({ min: -(1n << 70n), max: 1n << 130n }),
  )
  .map(constant);

const shift = fc.constantFrom(0n, 1n, 7n, 31n, 32n, 33n, 40n, 64n, 70n, 131n).map(constant);

/** Random expressions over the fields: numbers and booleans tied to one another. */
function expressions(fields: readonly FieldSpec[]): fc.Arbitrary<Json> {
  const field = fc.constantFrom(...fields.map(({ name }): Json => ({ type: 'field', value: ['h', name] })));
  const { data } = fc.letrec<{ data: Json; bool: Json }>((tie) => ({
    data: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: field },
      { weight: 2, arbitrary: constants },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom('+', '-', '*', '&', '|', '^'), tie('data'), tie('data'))
          .map(([name, a, b]) => op(name, a, b)),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('<<', '>>'), tie('data'), shift)
          .map(([name, a, b]) => op(name, a, b)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('<<', '>>'), field, field)
          .map(([name, a, b]) => op(name, a, op('&', b, constant(0x7fn)))),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('/', '%'), field, field).map(([n, a, b]) => op(n, a, b)),
      },
      { weight: 1, arbitrary: tie('data').map((a) => op('~', null, a)) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.constantFrom('two_comp_mod', 'usat_cast', 'sat_cast'),
            tie('data'),
            fc.constantFrom(...WIDTHS.filter((width) => width > 1)),
          )
          .map(([name, a, width]) => op(name, a, constant(BigInt(width)))),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('bool'), tie('data'), tie('data'))
          .map(([cond, a, b]) => op('?', a, b, { cond })),
      },
      { weight: 1, arbitrary: tie('bool').map((a) => op('b2d', null, a)) },
    ),
    bool: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 1, arbitrary: fc.boolean().map((value): Json => ({ type: 'bool', value })) },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('data'), tie('data'))
          .map(([name, a, b]) => op(name, a, b)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('and', 'or', '==', '!='), tie('bool'), tie('bool'))
          .map(([name, a, b]) => op(name, a, b)),
      },
      { weight: 1, arbitrary: tie('bool').map((a) => op('not', null, a)) },
      { weight: 1, arbitrary: tie('data').map((a) => op('d2b', null, a)) },
    ),
  }));
  return data as fc.Arbitrary<Json>;
}

/** Carries, borrows and signs hide at the edges, so these bytes come often. */
const edge = fc.oneof(fc.constantFrom(0, 255), fc.constantFrom(1, 0x7f, 0x80), fc.nat(255));
const packet = fc.array(edge, { minLength: 80, maxLength: 80 }).map((bytes) => Uint8Array.from(bytes));

const cases = fieldSpecs.chain((fields) =>
  fc.record({
    fields: fc.constant(fields),
    assignments: fc.array(fc.tuple(fc.constantFrom(...fields.map(({ name }) => name)), expressions(fields)), {
      minLength: 1,
      maxLength: 4,
    }),
    packets: fc.array(packet, { minLength: 1, maxLength: 3 }),
  }),
);

describe('expressions', () => {
  it('have the same value in both engines, whatever their widths and signs', () => {
    fc.assert(
      fc.property(cases, ({ fields, assignments, packets }) => {
        const program = document(
          fields,
          assignments.map(([name, value]) => assign(name, { type: 'expression', value })),
        );
        const [oracle, compiled] = ENGINES.map((engine) => {
          const environment = new TestEnvironment();
          const sw = new V1ModelSwitch({ environment });
          sw.loadPipeline(program, { engine });
          const output = packets.map((packet) => sw.processFrame(1, packet).map(({ bytes }) => hex(bytes)));
          return { output, log: environment.messages };
        });
        assert.deepEqual(oracle!.log, []);
        assert.deepEqual(compiled, oracle);
      }),
      { numRuns: 400 },
    );
  });
});
