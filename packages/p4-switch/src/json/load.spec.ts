import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ENGINES, fixture } from '../../test/support.js';
import { P4SwitchError } from '../errors.js';
import { V1ModelSwitch } from '../switch/v1model-switch.js';
import { loadProgram } from './load.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function document(name = 'router6'): { [key: string]: Json } {
  return JSON.parse(fixture(name)) as { [key: string]: Json };
}

/** The document with one place changed. */
function changed(path: readonly (string | number)[], value: Json | undefined, name?: string): Json {
  const root = document(name);
  let at = root as Json;
  for (const step of path.slice(0, -1)) at = (at as { [key: string]: Json })[step as string]!;
  const last = path[path.length - 1]! as string;
  if (value === undefined) delete (at as { [key: string]: Json })[last];
  else (at as { [key: string]: Json })[last] = value;
  return root;
}

function message(input: unknown): string {
  try {
    loadProgram(input as object);
  } catch (error) {
    assert.ok(error instanceof P4SwitchError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return 'loaded';
}

describe('loadProgram', () => {
  it('reads programs that p4c made', () => {
    const program = loadProgram(fixture('router6'));
    assert.deepEqual(
      program.tables.filter((table) => table.key.length > 0).map((table) => table.name),
      ['In.guard', 'In.route'],
    );
    assert.equal(program.intrinsic.get('intrinsic_metadata.mcast_grp')?.name, 'mcast_grp');
  });

  it('takes text, bytes and parsed documents', () => {
    const text = fixture('router6');
    for (const form of [text, new TextEncoder().encode(text), JSON.parse(text) as object]) {
      assert.equal(loadProgram(form).tables.length, loadProgram(text).tables.length);
    }
  });

  const cases: [string, unknown, RegExp][] = [
    ['no JSON', '{', /^BAD_PIPELINE: the BMv2 JSON is no JSON: /],
    ['no object', '[]', /^BAD_PIPELINE: BMv2 JSON, \$: expected an object, found an array of 0/],
    [
      'another version',
      changed(['__meta__', 'version'], [3, 0]),
      /UNSUPPORTED_PIPELINE: .*format 3\.0 is not 2\.x/,
    ],
    [
      'a missing section',
      changed(['parsers'], []),
      /BAD_PIPELINE: BMv2 JSON, \$: has no parser named "parser"/,
    ],
    [
      'an unknown header',
      changed(['parsers', 0, 'parse_states', 0, 'parser_ops', 0, 'parameters', 0, 'value'], 'nope'),
      /\$\.parsers\[0\]\.parse_states\[0\]\.parser_ops\[0\]\.parameters\[0\]\.value: no header named "nope"; there are: .*ethernet/,
    ],
    [
      'a wrong type',
      changed(['pipelines', 0, 'tables', 0, 'match_type'], 'fuzzy'),
      /\$\.pipelines\[0\]\.tables\[0\]\.match_type: expected one of exact, lpm, ternary, range, found "fuzzy"/,
    ],
    [
      'a number where a name should be',
      changed(['headers', 1, 'name'], 7),
      /\$\.headers\[1\]\.name: expected a string, found 7/,
    ],
    [
      'an unknown action',
      changed(['pipelines', 0, 'tables', 1, 'action_ids', 0], 99),
      /\$\.pipelines\[0\]\.tables\[1\]\.action_ids\[0\]: no action with id 99/,
    ],
    [
      'an unknown primitive',
      changed(['actions', 0, 'primitives', 0, 'op'], 'launch'),
      /UNSUPPORTED_PIPELINE: .*primitives\[0\]\.op: primitive "launch" is not known/,
    ],
    [
      'a control flow that runs in a circle',
      changed(['pipelines', 0, 'tables', 0, 'next_tables'], { 'In.deny': 'node_2' }),
      /the control flow runs in a circle/,
    ],
    [
      'bad hexadecimal',
      changed(['actions', 0, 'primitives', 0, 'parameters', 1], { type: 'hexstr', value: '0xzz' }),
      /expected a hexadecimal string such as "0x0800", found "0xzz"/,
    ],
    [
      'a huge register',
      { ...document('traffic'), register_arrays: [{ name: 'In.marks', id: 0, size: 1e12, bitwidth: 32 }] },
      /register_arrays\[0\]\.size: expected 0 to 16777216, found 1000000000000/,
    ],
    [
      'a missing v1model field',
      changed(['headers', 1, 'name'], 'other'),
      /no header named "standard_metadata"|is missing/,
    ],
  ];
  for (const [what, input, pattern] of cases) {
    it(`says where and what: ${what}`, () => assert.match(message(input), pattern));
  }

  it('survives expressions nested without end', () => {
    let expression: Json = { type: 'hexstr', value: '0x1' };
    for (let i = 0; i < 5000; i++) {
      expression = { type: 'expression', value: { op: '~', left: null, right: expression } };
    }
    const input = changed(['pipelines', 0, 'conditionals', 0, 'expression'], expression);
    assert.match(message(input), /nest deeper than 400/);
  });

  it('never throws anything but a P4SwitchError, whatever is broken; what loads also runs', () => {
    const replacement = fc.oneof(
      fc.constantFrom<Json>(null, true, -1, 0, 3, 1e9, '', 'x', '0x1', '__proto__', [], {}),
      fc.constant(undefined),
    );
    for (const name of ['router6', 'traffic', 'kitchen']) {
      const places: (string | number)[][] = [];
      const walk = (value: Json, path: (string | number)[]): void => {
        if (path.length > 0) places.push(path);
        if (typeof value !== 'object' || value === null) return;
        if (path[path.length - 1] === 'source_info') return;
        for (const [key, item] of Object.entries(value)) {
          walk(item, [...path, Array.isArray(value) ? Number(key) : key]);
        }
      };
      walk(document(name), []);
      fc.assert(
        fc.property(fc.constantFrom(...places), replacement, (path, value) => {
          const input = changed(path, value, name);
          if (message(input) !== 'loaded') return;
          const outputs = ENGINES.map((engine) => {
            const sw = new V1ModelSwitch({ environment: { now: () => 0, random: () => 0n, log: () => {} } });
            sw.loadPipeline(input as object, { engine });
            const frame = Uint8Array.from(
              { length: 120 },
              (_, i) => [2, 0x08, 0x00, 0x90, 0x86, 0xdd][i % 6]!,
            );
            return sw
              .processFrame(1, frame)
              .map(({ port, bytes }) => [port, Buffer.from(bytes).toString('hex')]);
          });
          assert.deepEqual(outputs[1], outputs[0]);
        }),
        { numRuns: 120 },
      );
    }
  });
});
