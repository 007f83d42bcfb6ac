import assert from 'node:assert/strict';
import { errorOf, jsonOf, type Parts } from '../fixtures.helper.spec.js';
import type { JsonTable } from '../index.js';

const select = (cases: string, keys = 'hdr.data.a, hdr.data.c'): Parts => ({
  states: `state start { packet.extract(hdr.data); transition select(${keys}) { ${cases} } } state more { transition accept; }`,
});

function table(body: string, parts: Parts = {}): JsonTable {
  const locals = `action a(bit<8> v) { meta.x = v; } action b() { } table t { ${body} }`;
  const json = jsonOf({ apply: 't.apply();', ...parts, locals: `${parts.locals ?? ''} ${locals}` });
  return json.pipelines[0]!.tables.find((candidate) => candidate.name === 'I.t')!;
}

describe('parsers in BMv2 JSON', () => {
  it('match keys side by side, each in whole bytes', () => {
    const [start] = jsonOf(select('(1, 0x203): more; (_, 5 &&& 7): more; default: accept;')).parsers[0]!
      .parse_states;
    assert.deepEqual(start!.transitions, [
      { type: 'hexstr', value: '0x010203', mask: null, next_state: 'more' },
      { type: 'hexstr', value: '0x000005', mask: '0x000007', next_state: 'more' },
      { type: 'default', value: null, mask: null, next_state: null },
    ]);
  });

  it('turn ranges into masks', () => {
    const [start] = jsonOf(select('4 .. 7: more; default: accept;', 'hdr.data.a')).parsers[0]!.parse_states;
    assert.deepEqual(start!.transitions[0], {
      type: 'hexstr',
      value: '0x04',
      mask: '0xfc',
      next_state: 'more',
    });
  });

  it('set NoMatch when no case of a select matches', () => {
    const { parse_states: states } = jsonOf(select('1: more;', 'hdr.data.a')).parsers[0]!;
    assert.equal(states[0]!.transitions.at(-1)!.next_state, 'no_match');
    assert.equal(states.find(({ name }) => name === 'no_match')!.parser_ops[0]!.op, 'verify');
  });

  it('branch at an if by states of their own', () => {
    const states =
      'state start { packet.extract(hdr.data); if (hdr.data.a == 1) { packet.extract(hdr.other); } transition accept; }';
    const { parse_states: all } = jsonOf({ states }).parsers[0]!;
    const start = all.find(({ name }) => name === 'start')!;
    const yes = all.find(({ name }) => name === start.transitions[0]!.next_state)!;
    assert.equal(yes.parser_ops[0]!.op, 'extract');
    assert.equal(start.transitions[1]!.next_state, null);
  });

  it('extract into the next element of a stack and look at the last', () => {
    const states =
      'state start { packet.extract(hdr.stack.next); transition select(hdr.stack.last.a) { 0: start; default: accept; } }';
    const [start] = jsonOf({ states }).parsers[0]!.parse_states;
    assert.deepEqual(start!.parser_ops, [{ op: 'extract', parameters: [{ type: 'stack', value: 'stack' }] }]);
    assert.deepEqual(start!.transition_key, [{ type: 'stack_field', value: ['stack', 'a'] }]);
  });
});

describe('tables in BMv2 JSON', () => {
  it('are range before ternary before lpm before exact', () => {
    const actions = 'actions = { b; }';
    assert.equal(table(`key = { hdr.data.a: exact; } ${actions}`).match_type, 'exact');
    assert.equal(table(`key = { hdr.data.a: exact; hdr.data.b: lpm; } ${actions}`).match_type, 'lpm');
    assert.equal(table(`key = { hdr.data.a: optional; hdr.data.b: lpm; } ${actions}`).match_type, 'ternary');
    assert.equal(table(`key = { hdr.data.a: range; hdr.data.b: ternary; } ${actions}`).match_type, 'range');
  });

  it('match on fields and on validity, and compute other keys beforehand', () => {
    const made = table(
      'key = { hdr.data.isValid(): exact; hdr.data.a + 1: exact @name("next"); } actions = { b; }',
    );
    assert.deepEqual(
      made.key.map(({ name, target }) => [name, target]),
      [
        ['hdr.data.$valid$', ['data', '$valid$']],
        ['next', ['scalars', 'key']],
      ],
    );
  });

  it('have their constant entries, prefixes of any width among them', () => {
    const made = table(
      'key = { hdr.data.c: lpm; } actions = { a; b; } const entries = { 0x1200 &&& 0xff00: a(7); _: b(); } const default_action = a(1);',
    );
    assert.deepEqual(
      made.entries!.map(({ match_key, action_entry, priority }) => [
        match_key[0],
        action_entry.action_data,
        priority,
      ]),
      [
        [{ match_type: 'lpm', key: '0x1200', prefix_length: 8 }, ['0x7'], 1],
        [{ match_type: 'lpm', key: '0x0000', prefix_length: 0 }, [], 2],
      ],
    );
    assert.equal(made.default_entry!.action_const, true);
    assert.deepEqual(made.default_entry!.action_data, ['0x1']);
  });

  it('order entries by their priorities', () => {
    const made = table(
      'key = { hdr.data.a: ternary; } actions = { a; } entries = { priority = 1: 1: a(1); priority = 9: 2: a(2); priority = 5: 3: a(3); }',
    );
    assert.deepEqual(
      made.entries!.map(({ priority }) => priority),
      [3, 1, 2],
    );
  });

  it('go on by action, by hit and miss, or always', () => {
    const body = 'key = { hdr.data.a: exact; } actions = { a; b; }';
    const switched = table(body, { apply: 'switch (t.apply().action_run) { a: { meta.y = 1; } }' });
    assert.equal(switched.next_tables['I.b'], null);
    assert.notEqual(switched.next_tables['I.a'], null);
    const asked = table(body, { apply: 'if (!t.apply().hit) { meta.y = 1; }' });
    assert.equal(asked.next_tables.__HIT__, null);
    assert.notEqual(asked.next_tables.__MISS__, null);
  });
});

describe('actions in BMv2 JSON', () => {
  it('branch by jumps', () => {
    const locals =
      'action c(bit<8> v) { if (v == 0) { return; } meta.x = v; } table t { key = { hdr.data.a: exact; } actions = { c; } }';
    const json = jsonOf({ locals, apply: 't.apply();' });
    const { primitives } = json.actions.find(({ name }) => name === 'I.c')!;
    assert.deepEqual(
      primitives.map(({ op }) => op),
      ['_jump_if_zero', '_jump', 'assign'],
    );
    assert.deepEqual(primitives[1]!.parameters, [{ type: 'hexstr', value: '0x3' }]);
    assert.deepEqual(primitives[0]!.parameters.at(-1), { type: 'hexstr', value: '0x2' });
  });

  it('copy the data of a digest', () => {
    const json = jsonOf({
      types: 'struct seen_t { bit<8> a; bool f; }',
      apply: 'digest<seen_t>(1, { hdr.data.a, meta.flag }); hdr.data.a = 0;',
    });
    assert.equal(json.learn_lists[0]!.name, 'seen_t');
    assert.equal(json.learn_lists[0]!.id, 1);
    const fields = json.learn_lists[0]!.elements.map((element) => JSON.stringify(element.value));
    assert.deepEqual(fields, ['["scalars","digest"]', '["scalars","digest_0"]']);
  });
});

describe('limits of BMv2', () => {
  const refused: readonly (readonly [string, Parts, RegExp])[] = [
    [
      'two lpm keys',
      {
        locals: 'action b() { } table t { key = { hdr.data.a: lpm; hdr.data.b: lpm; } actions = { b; } }',
        apply: 't.apply();',
      },
      /^P4C507 table I\.t has more than one lpm key/,
    ],
    [
      'a header of a part of a byte',
      { types: 'header odd_h { bit<3> o; }', headers: 'odd_h odd;' },
      /^P4C504 header odd_h has 3 bits; this target needs headers of whole bytes/,
    ],
    [
      'one table with two continuations',
      {
        locals: 'action b() { } table t { key = { hdr.data.a: exact; } actions = { b; } }',
        apply: 'if (meta.x == 1) { t.apply(); meta.y = 1; } else { t.apply(); }',
      },
      /^P4C505 table I\.t is applied in several places with different continuations/,
    ],
    [
      'a wide shift amount',
      { apply: 'meta.wide = meta.wide << meta.wide;' },
      /^P4C507 the amount of a shift may have at most 8 bits on this target, this one has 32/,
    ],
    [
      'a condition in a deparser',
      { deparser: 'if (hdr.data.isValid()) { packet.emit(hdr.data); }' },
      /^P4C507 a deparser can only emit headers/,
    ],
    [
      'a computation in a checksum control',
      { compute: 'hdr.data.a = 1;' },
      /^P4C507 only calls of update_checksum/,
    ],
    [
      'a register of structs',
      { types: 'struct s_t { bit<8> a; }', locals: 'register<s_t>(4) r;' },
      /^P4C507 register I\.r must hold bit<W> or int<W>/,
    ],
    [
      'a clone from ingress in egress',
      { egress: 'clone(CloneType.I2E, 1);' },
      /^P4C507 clone of I2E works in the ingress control only/,
    ],
    [
      'a key without a name',
      {
        locals: 'action b() { } table t { key = { hdr.data.a + 1: exact; } actions = { b; } }',
        apply: 't.apply();',
      },
      /^P4C412 this key of table I\.t is an expression that needs a name .* write @name/,
    ],
  ];
  for (const [what, parts, message] of refused) {
    it(`refuse ${what}`, () => assert.match(errorOf(parts), message));
  }
});
