import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { P4Info, P4RuntimeError, p4, StreamError, TableEntry, WriteRequest } from '../index.js';
import {
  formatEntries,
  formatP4Info,
  formatText,
  parseEntries,
  parseP4Info,
  parseText,
  TextFormatError,
} from './index.js';

const everything = readFileSync(new URL('./fixtures/everything.txtpb', import.meta.url), 'utf8');

describe('the text format', () => {
  it('writes what it read, byte for byte, through the wire and back', () => {
    const p4info = parseP4Info(everything, 'everything.txtpb');
    assert.equal(formatP4Info(p4info), everything);
    assert.equal(formatP4Info(P4Info.decode(P4Info.encode(p4info))), everything);
  });

  it('gives the values that the text says', () => {
    const [table] = parseP4Info(everything).tables;
    assert.equal(table?.preamble?.annotations[0], '@note("tab\there, \'quotes\', \\ and é\n")');
    assert.equal(table?.size, 9007199254740993n);
    assert.equal(table?.matchFields[0]?.matchType, p4.config.v1.MatchFieldMatchType.LPM);
    assert.deepEqual(table?.initialDefaultAction?.arguments[0]?.value, Uint8Array.of(0, 1, 127, 128, 255));
    assert.deepEqual(Object.keys(parseP4Info(everything).typeInfo!.newTypes), ['a_first', 'b_second']);
  });

  it('takes every way in which one may write a value', () => {
    const text = `
      table_id: 0x2000001; priority: 017 # octal
      match: [{ field_id: 1 exact < value: 'a' "b\\x63" "\\u00e9" > }, { field_id: 2 }]
      is_default_action: t
      idle_timeout_ns: -9223372036854775808`;
    const entry = parseText(TableEntry, text);
    assert.equal(entry.tableId, 0x2000001);
    assert.equal(entry.priority, 15);
    assert.equal(Buffer.from(entry.match[0]!.exact!.value).toString(), 'abcé');
    assert.equal(entry.match[1]!.fieldId, 2);
    assert.equal(entry.isDefaultAction, true);
    assert.equal(entry.idleTimeoutNs, -(2n ** 63n));
  });

  it('reads the entries file that it wrote', () => {
    const request = WriteRequest.from({
      updates: [
        {
          type: 1,
          entity: {
            tableEntry: {
              tableId: 7,
              isConst: true,
              match: [{ fieldId: 1, lpm: { value: Uint8Array.of(10), prefixLen: 8 } }],
            },
          },
        },
      ],
    });
    assert.match(
      formatEntries(request),
      /^# proto-file: p4\/v1\/p4runtime.proto\n# proto-message: p4.v1.WriteRequest\n\nupdates {\n {2}type: INSERT\n/,
    );
    assert.deepEqual(parseEntries(formatEntries(request)), request);
  });

  it('keeps any bytes and any string', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme' }), (bytes, message) => {
        const error = StreamError.from({ message, packetOut: { packetOut: { payload: bytes } } });
        assert.deepEqual(parseText(StreamError, formatText(StreamError, error)), error);
      }),
    );
  });

  it('ends every damaged text with a message or an error of its own, never with another', () => {
    fc.assert(
      fc.property(
        fc.nat(everything.length),
        fc.string({ maxLength: 4 }),
        fc.nat(6),
        (at, inserted, removed) => {
          const damaged = everything.slice(0, at) + inserted + everything.slice(at + removed);
          try {
            parseP4Info(damaged);
          } catch (error) {
            assert.ok(error instanceof P4RuntimeError, String(error));
          }
        },
      ),
    );
  });
});

describe('errors in a text', () => {
  const cases: [string, string, number, number, RegExp][] = [
    [
      'an unknown field',
      'pkg_info {\n  arhc: "x"\n}',
      2,
      3,
      /PkgInfo has no field 'arhc'; it has name, version, .*arch/,
    ],
    [
      'a value out of range',
      'tables {\n preamble { id: 4294967296 } }',
      2,
      17,
      /integer from 0 to 4294967295 for id, found '4294967296'/,
    ],
    [
      'a string without quotes',
      'pkg_info { arch: v1model }',
      1,
      18,
      /expected a string in quotes for arch, found 'v1model'/,
    ],
    ['a fraction', 'tables { size: 1.5 }', 1, 16, /integer from .* for size, found '1.5'/],
    [
      'a message that is not closed',
      'tables {\n  size: 1\n',
      3,
      1,
      /expected '}' to close p4.config.v1.Table, found the end/,
    ],
    ['a string that is not closed', 'pkg_info { arch: "v1\n"', 1, 18, /not closed on its line/],
    ['a bad escape', 'pkg_info { arch: "a\\q" }', 1, 20, /\\q is no escape/],
    [
      'an unknown enum member',
      'tables { match_fields { match_type: EXCAT } }',
      1,
      37,
      /'EXCAT' is no .*MatchType; it has UNSPECIFIED, EXACT/,
    ],
    ['a field given twice', 'pkg_info { arch: "a" arch: "b" }', 1, 22, /arch is given twice/],
    [
      'two members of a oneof',
      'tables { match_fields { match_type: LPM other_match_type: "x" } }',
      1,
      41,
      /match_type and other_match_type are both given/,
    ],
    ['a character with no place', 'tables @ {}', 1, 8, /"@" has no place/],
    ['a colon missing', 'pkg_info { arch "x" }', 1, 17, /expected ':' after arch/],
    [
      'a type that nobody knows',
      'tables { other_properties { [x.com/foo.Bar] { } } }',
      1,
      30,
      /foo.Bar is no message of P4Runtime/,
    ],
    [
      'endless nesting',
      'type_info { structs { value {'.padEnd(40) + 'members { type_spec { tuple { '.repeat(200),
      0,
      0,
      /nested|no field/,
    ],
  ];
  for (const [name, text, line, column, pattern] of cases) {
    it(`tells of ${name}, and where`, () => {
      assert.throws(
        () => parseP4Info(text, 'my.txtpb'),
        (error) => {
          assert.ok(error instanceof TextFormatError);
          assert.match(error.message, pattern);
          if (line > 0) assert.ok(error.rawMessage.startsWith(`my.txtpb:${line}:${column}: `), error.message);
          return true;
        },
      );
    });
  }
});
