import assert from 'node:assert/strict';
import { checkText } from '../front-end.helper.spec.js';

const head = `#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<16> b; } struct hs_t { h_t h; h_t[4] s; } struct p_t { bit<8> x; bool y; }
type bit<9> port_t; enum bit<8> K { one = 1 } enum Color { red, green }
action top() { }
`;
const lines = head.split('\n').length - 1;

/** The message of the one mistake in `text`, which follows \`head\`, with its line counted from `text`. */
function complaint(text: string): string {
  const { messages } = checkText(head + text);
  return (messages[0] ?? 'nothing is wrong').replace(/^(\d+)/, (line) => String(Number(line) - lines));
}
const inApply = (statement: string): string =>
  `control c(inout hs_t hdr, inout p_t m, in bit<8> r, inout standard_metadata_t std) { apply {\n${statement}\n} }`;
const inControl = (local: string): string =>
  `control c(inout hs_t hdr, inout p_t m, inout standard_metadata_t std) {\naction set(bit<8> v) { m.x = v; } action bound(inout bit<8> d, bit<8> v) { d = v; }\n${local}\napply { } }`;
const inParser = (states: string): string =>
  `parser q(packet_in p, out hs_t hdr, inout p_t m) {\n${states}\n}`;

describe('what the checker says about', () => {
  const cases: readonly (readonly [string, string])[] = [
    // names
    [inApply('foo = 1;'), "2:1 P4C301 unknown name 'foo'"],
    [inApply('hrd.h.a = 1;'), "2:1 P4C301 unknown name 'hrd'; did you mean 'hdr'?"],
    [inApply('hdr.h.c = 1;'), "2:7 P4C301 h_t has no member 'c'; did you mean 'a'?"],
    [inApply('Colour x;'), "2:1 P4C301 unknown type 'Colour'; did you mean 'Color'?"],
    [inApply('m.y = Color.blue == Color.red;'), "2:13 P4C301 Color has no member 'blue'; it has red, green"],
    ['const bit<8> a = later; const bit<8> later = 1;', "1:18 P4C301 'later' is used before it is declared"],
    ['struct p_t { }', "1:8 P4C303 'p_t' is already declared in this scope"],
    // types
    [
      inApply('m.x = hdr.h.b;'),
      '2:7 P4C302 the value assigned must be bit<8>, found bit<16>; cast it: (bit<8>)',
    ],
    [inApply('if (hdr.h.a) { }'), '2:5 P4C302 a condition must be bool, found bit<8>; compare it: x != 0'],
    [
      inApply('m.x = m.x + hdr.h.b;'),
      "2:7 P4C311 '+' takes two numbers of one type, found bit<8> and bit<16>",
    ],
    [inApply('m.y = !m.x;'), "2:7 P4C311 '!' takes a bool, found bit<8>"],
    [inApply('m.x = m.x[8:1];'), '2:7 P4C312 the slice [8:1] does not exist: bit<8> has the bits 7 to 0'],
    [inApply('m.x = m.x / 0;'), '2:13 P4C311 division by zero'],
    [
      inApply('m.x = (bit<8>) (int<16>) 5;'),
      '2:7 P4C315 cannot cast int<16> to bit<8>; change sign and width in two steps: (bit<8>)(bit<16>)',
    ],
    [inApply('port_t p = 5;'), "2:12 P4C302 the value of 'p' must be port_t, found int; cast it: (port_t)"],
    [
      inApply('m = { 1 };'),
      '2:5 P4C302 the value assigned must be p_t, found tuple<int>: p_t has 2 fields, the list 1 values',
    ],
    [
      inApply('m = { x = 1, z = true };'),
      "2:5 P4C302 the value assigned must be p_t, found {x = int, z = bool}: p_t has no field 'z'",
    ],
    [inApply('m.x = 300;'), '2:7 P4C312 300 does not fit in bit<8> and becomes 44'],
    [inApply('int i = 5;'), '2:1 P4C304 a variable cannot be int: give it a width, as in bit<32>'],
    // places to write to
    [inApply('r = 1;'), "2:1 P4C306 cannot assign to this: 'r' is an 'in' parameter, which can only be read"],
    [
      inApply('random(r, 8w0, 8w9);'),
      "2:8 P4C306 the argument 'result' of function 'random' is 'out' and must be something to write to: 'r' is an 'in' parameter, which can only be read",
    ],
    // calls
    [
      inApply('mark_to_drop(std, 1);'),
      "2:1 P4C305 no form of function 'mark_to_drop' takes these 2 arguments; it takes () or (standard_metadata)",
    ],
    [inApply('truncate();'), "2:1 P4C305 function 'truncate' takes 1 argument, found 0: 'length' is missing"],
    [
      inApply('truncate(size = 1);'),
      "2:10 P4C305 function 'truncate' has no parameter 'size'; it has length",
    ],
    [
      inApply('random(m.x, 0, true);'),
      "2:16 P4C302 the argument 'hi' of function 'random' must be bit<8>, found bool",
    ],
    [
      inApply('digest(1, 5);'),
      "2:1 P4C308 the type 'T' of function 'digest' cannot be told from a number without width; write it as in 32w5",
    ],
    [inApply('hdr.h.isvalid();'), "2:7 P4C301 h_t has no member 'isvalid'; did you mean 'isValid'?"],
    [inApply('hdr.s[4].setValid();'), '2:7 P4C312 the stack has the elements 0 to 3, found 4'],
    ['control c(inout bit<8> x) { apply { top.apply(); } }', "1:41 P4C301 action top has no member 'apply'"],
    // tables
    [
      inControl('table t { key = { m.x: exakt; } actions = { set; } }'),
      "3:24 P4C301 unknown match kind 'exakt'; did you mean 'exact'?",
    ],
    [
      inControl('table t { key = { hdr.h: exact; } actions = { set; } }'),
      '3:19 P4C309 a key must be a number, bool, enum or error, found h_t; name one of its fields',
    ],
    [inControl('table t { key = { m.x: exact; } }'), "3:7 P4C309 table 't' has no 'actions'"],
    [
      inControl('table t { actions = { set; } default_action = NoAction; }'),
      "3:47 P4C309 action 'NoAction' is not in the list of table 't'; it has set",
    ],
    [
      inControl('table t { actions = { set; } default_action = set; }'),
      "3:47 P4C305 action 'set' takes 1 argument, found 0: 'v' is missing",
    ],
    [
      inControl('table t { actions = { bound; } }'),
      "3:23 P4C305 in a table's list, action 'bound' takes 1 argument, found 0: 'd' is missing; the control plane gives 'v'",
    ],
    [
      inControl('table t { actions = { bound(m.x); } default_action = bound(hdr.h.a, 1); }'),
      "3:60 P4C309 this argument must be 'm.x', as in the list of actions",
    ],
    [
      inControl('table t { key = { m.x: exact; } actions = { set; } entries = { 1 &&& 1: set(1); } }'),
      "3:64 P4C309 'exact' takes one value, found a mask '&&&'",
    ],
    [
      inControl('table t { key = { m.x: lpm; } actions = { set; } entries = { 1 &&& 5: set(1); } }'),
      "3:68 P4C309 the mask of 'lpm' must be ones followed by zeros, found 0x5",
    ],
    [
      inControl('table t { key = { m.x: exact; m.y: exact; } actions = { set; } entries = { 1: set(1); } }'),
      '3:76 P4C305 expected 2 values, one for each key, found 1',
    ],
    [
      inControl('register<bit<8>>() r;'),
      "3:1 P4C305 the constructor of register takes 1 argument, found 0: 'size' is missing",
    ],
    // parsers
    [
      inParser('state begin { transition accept; }'),
      "1:8 P4C310 parser 'q' has no state 'start', where every parser begins",
    ],
    [
      inParser('state start { transition nxt; } state next { transition accept; }'),
      "2:26 P4C301 unknown state 'nxt'; did you mean 'next'?",
    ],
    [inParser('state start { transition start; }'), "1:8 P4C310 parser 'q' never reaches accept or reject"],
    [
      inParser('state start { p.extract(m); transition accept; }'),
      "2:25 P4C302 'extract' reads into a header, found p_t",
    ],
    [
      inParser('state start { transition select(hdr.h.b) { true: accept; } }'),
      '2:44 P4C302 the value for the key must be bit<16>, found bool',
    ],
    // statements and places
    [inApply('break;'), "2:1 P4C313 'break' can stand only in a loop"],
    [
      'bit<8> f(in bool b) { if (b) { return 1; } }',
      "1:8 P4C313 'f' can end without returning a value of type bit<8>",
    ],
    [
      'control a() { apply { } }\ncontrol b() { a() x; action act() { x.apply(); } apply { } }',
      '2:37 P4C313 a control can be applied only in the apply block of another control',
    ],
    ['const bool ok = static_assert(1 > 2, "too small");', '1:17 P4C317 static_assert failed: too small'],
    // what is not supported
    [
      'control g<T>(inout T x) { apply { } }',
      '1:9 P4C901 a control with type parameters is not supported; write it for the types it is used with',
    ],
    [
      'struct a_t { bit<8>[4] x; }',
      '1:14 P4C901 only stacks of headers and header unions are supported, found bit<8>',
    ],
  ];
  for (const [text, expected] of cases) {
    it(expected.replace(/^\S+ /, ''), () => assert.equal(complaint(text), expected));
  }

  it('a type that no pass could walk over', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `struct t${i + 1} { t${i} a; t${i} b; }`);
    assert.match(
      complaint(`struct t0 { bit<8> a; }\n${levels.join('\n')}`),
      /P4C312 a value of this type would hold/,
    );
  });

  it('one mistake once, also where its value is used again', () => {
    const { messages } = checkText(
      `${head}${inApply('bit<8> x = nowhere; m.x = x + 1; if (x == 2) { m.x = x[3:0] ++ x[7:4]; }')}`,
    );
    assert.equal(messages.length, 1);
  });
});
