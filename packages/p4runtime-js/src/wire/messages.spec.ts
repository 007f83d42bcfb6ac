import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  Code,
  Entity,
  type MessageType,
  P4Info,
  P4RuntimeError,
  p4,
  TableEntry,
  Uint128,
  Update,
  UpdateType,
  WriteRequest,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';

describe('messages', () => {
  it('keep 64-bit fields whole', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (high, idleTimeoutNs) => {
          assert.equal(Uint128.decode(Uint128.encode({ high })).high, high);
          assert.equal(TableEntry.decode(TableEntry.encode({ idleTimeoutNs })).idleTimeoutNs, idleTimeoutNs);
        },
      ),
    );
    assert.equal(
      TableEntry.decode(TableEntry.encode({ idleTimeoutNs: 2 ** 53 - 1 })).idleTimeoutNs,
      2n ** 53n - 1n,
    );
  });

  it('have the bytes that protobuf gives them', () => {
    // protoc --encode=p4.v1.TableEntry of: table_id: 5 match { field_id: 1 lpm { value: "\001" prefix_len: 8 } } idle_timeout_ns: -5
    const entry = {
      tableId: 5,
      match: [{ fieldId: 1, lpm: { value: Uint8Array.of(1), prefixLen: 8 } }],
      idleTimeoutNs: -5n,
    };
    assert.equal(
      TableEntry.encode(entry).toString('hex'),
      '08051209080122050a0101100848fbffffffffffffffff01',
    );
    assert.equal(
      TableEntry.encode({ tableId: 0, idleTimeoutNs: 0n, match: [], metadata: new Uint8Array(0) }).length,
      0,
    );
  });

  it('read unset fields as their defaults', () => {
    const entry = TableEntry.decode(new Uint8Array(0));
    assert.deepEqual(
      [entry.tableId, entry.idleTimeoutNs, entry.match, entry.action, entry.metadata, entry.isConst],
      [0, 0n, [], null, new Uint8Array(0), false],
    );
    assert.equal(Entity.from({ counterEntry: {} }).entity, 'counterEntry');
    assert.equal(Entity.from({}).entity, undefined);
  });

  it('are the same from `from` as from the wire', () => {
    const p4info = exampleP4Info();
    assert.deepEqual(P4Info.decode(P4Info.encode(p4info)), p4info);
    const request = WriteRequest.from({
      deviceId: 1,
      electionId: { high: 0n, low: 1 },
      updates: [
        {
          type: UpdateType.INSERT,
          entity: { registerEntry: { index: { index: 0 }, data: { bool: false } } },
        },
      ],
    });
    assert.deepEqual(WriteRequest.decode(WriteRequest.encode(request)), request);
  });

  it('do not change with the bytes that they were made from', () => {
    const bytes = Buffer.from([1, 2]);
    const entry = TableEntry.from({ metadata: bytes });
    bytes.fill(9);
    assert.deepEqual(entry.metadata, Uint8Array.of(1, 2));
  });

  it('pass over fields that a newer version of the protocol has', () => {
    const newer = Buffer.concat([TableEntry.encode({ tableId: 5 }), Buffer.from('fa3f03616263', 'hex')]);
    assert.deepEqual(TableEntry.decode(newer), TableEntry.from({ tableId: 5 }));
  });

  it('end any bytes with a message or a P4RuntimeError', () => {
    const types: MessageType<object>[] = [WriteRequest, P4Info, Entity];
    const whole = P4Info.encode(exampleP4Info());
    const broken = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 64 }), broken),
        fc.constantFrom(...types),
        (bytes, type) => {
          try {
            type.decode(bytes);
          } catch (error) {
            assert.ok(error instanceof P4RuntimeError && error.code === Code.INVALID_ARGUMENT, String(error));
            assert.match(error.message, new RegExp(`are not a ${type.name} message`));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const refused: [string, () => unknown, RegExp][] = [
    [
      'a negative id',
      () => TableEntry.from({ tableId: -1 }),
      /p4.v1.TableEntry.tableId: expected an integer from 0 to 4294967295, found -1/,
    ],
    ['a fraction', () => TableEntry.from({ priority: 1.5 }), /priority: expected an integer .* found 1.5/],
    [
      'an unsafe integer',
      () => TableEntry.from({ idleTimeoutNs: 2 ** 53 }),
      /idleTimeoutNs: expected an integer/,
    ],
    [
      'a bigint that is too big',
      () => Uint128.from({ low: 2n ** 64n }),
      /low: expected an integer from 0 to 18446744073709551615, found 18446744073709551616/,
    ],
    [
      'an unknown field',
      () => TableEntry.from({ tabelId: 1 } as never),
      /p4.v1.TableEntry has no field tabelId; it has tableId, match,/,
    ],
    [
      'a string for bytes',
      () => TableEntry.from({ metadata: 'x' as never }),
      /metadata: expected a Uint8Array, found the string "x"/,
    ],
    [
      'an object for a list',
      () => TableEntry.from({ match: {} as never }),
      /match: expected an array, found an object/,
    ],
    [
      'a number in a list of messages',
      () => TableEntry.from({ match: [5] as never }),
      /match\[0\]: expected a p4.v1.FieldMatch, found 5/,
    ],
    [
      'an enum by name',
      () => Update.from({ type: 'INSERT' as never }),
      /type: expected a member of p4.v1.Update.Type \(UNSPECIFIED, INSERT, MODIFY, DELETE\)/,
    ],
    [
      'two members of a oneof',
      () => Entity.from({ tableEntry: {}, counterEntry: {} }),
      /tableEntry and counterEntry are both set/,
    ],
    ['no object', () => Entity.from(5 as never), /p4.v1.Entity: expected an object, found 5/],
  ];
  for (const [name, act, pattern] of refused) {
    it(`refuse ${name}`, () =>
      assert.throws(act, (error) => error instanceof P4RuntimeError && pattern.test(error.message)));
  }

  it('are found by package, as names repeat between packages', () => {
    assert.equal(p4.v1.Action.name, 'p4.v1.Action');
    assert.equal(p4.config.v1.Action.name, 'p4.config.v1.Action');
  });
});
