import assert from 'node:assert/strict';
import { Code, type Entity, type Init, P4RuntimeError, type TableEntry } from 'p4runtime-js';
import { action, bytes, ethernet, id, macEntry, TestDevice } from '../../test/p4runtime-device.js';

const code = (wanted: Code) => (error: unknown) => error instanceof P4RuntimeError && error.code === wanted;
const entry = (init: Init<TableEntry>): Init<Entity> => ({ tableEntry: init });
const acl = (more: Init<TableEntry> = {}): Init<Entity> =>
  entry({
    tableId: id('In.acl'),
    match: [{ fieldId: 1, ternary: { value: bytes(0x1200), mask: bytes(0xff00) } }],
    priority: 5,
    action: action('In.forward', 3),
    ...more,
  });
const route = (more: Init<TableEntry> = {}): Init<Entity> =>
  entry({
    tableId: id('In.route'),
    match: [{ fieldId: 1, lpm: { value: bytes(0x0a0000000000n), prefixLen: 8 } }],
    action: action('In.metered', 4),
    ...more,
  });
const only = (found: Entity[]): TableEntry => {
  assert.equal(found.length, 1);
  return found[0]!.tableEntry!;
};

describe('P4Runtime table entries', () => {
  it('forwards by an entry that was inserted, and reads it back as written', () => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11, { metadata: Buffer.from('mine'), controllerMetadata: 7n }));
    assert.deepEqual(device.send(ethernet(0x11)), [2]);
    const found = only(device.read(entry({ tableId: id('In.exact_mac') })));
    assert.equal(Buffer.from(found.metadata).toString(), 'mine');
    assert.equal(found.controllerMetadata, 7n);
    assert.deepEqual([...found.match[0]!.exact!.value], [0x11]);
    assert.deepEqual([...found.action!.action!.params[0]!.value], [2]);
  });

  it('answers canonical byte strings whatever length was written, and takes only what fits', () => {
    const device = TestDevice.running();
    const match = [{ fieldId: 1, exact: { value: Buffer.from('0000000000000011', 'hex') } }];
    device.insert(macEntry(0, { match }));
    assert.deepEqual([...only(device.read(macEntry(0x11, { action: null }))).match[0]!.exact!.value], [0x11]);
    const wide = macEntry(1n << 48n);
    assert.throws(() => device.insert(wide), code(Code.OUT_OF_RANGE));
    const empty = macEntry(0, { match: [{ fieldId: 1, exact: {} }] });
    assert.throws(() => device.insert(empty), code(Code.OUT_OF_RANGE));
  });

  it('MODIFY keeps an action that is unset, replaces the rest; DELETE looks at the key alone', () => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11, { metadata: Buffer.from('a') }));
    device.modify(macEntry(0x11, { action: null, metadata: Buffer.from('b') }));
    const found = only(device.read(macEntry(0x11, { action: null })));
    assert.equal(found.action!.action!.actionId, id('In.forward'));
    assert.equal(Buffer.from(found.metadata).toString(), 'b');
    device.delete(macEntry(0x11, { action: { actionProfileGroupId: 99 }, idleTimeoutNs: -1n }));
    assert.deepEqual(device.read(macEntry(0x11, { action: null })), []);
    assert.throws(() => device.delete(macEntry(0x11)), code(Code.NOT_FOUND));
  });

  it("the higher priority wins, and don't cares are left out", () => {
    const device = TestDevice.running();
    device.insert(acl());
    const port = { fieldId: 2, optional: { value: bytes(1) } };
    device.insert(acl({ match: [port], priority: 9, action: action('In.forward', 6) }));
    assert.deepEqual(device.send(ethernet(1, 2, 0x1234), 1), [6]);
    assert.deepEqual(device.send(ethernet(1, 2, 0x1234), 2), [3]);
    const found = only(device.read(entry({ tableId: id('In.acl'), priority: 9 })));
    assert.deepEqual(
      found.match.map((m) => m.fieldId),
      [2],
    );
    for (const match of [
      [{ fieldId: 1, ternary: { value: bytes(0), mask: bytes(0) } }],
      [{ fieldId: 1, ternary: { value: bytes(1), mask: bytes(2) } }],
      [port, port],
      [{ fieldId: 9, optional: { value: bytes(1) } }],
      [{ fieldId: 1, exact: { value: bytes(1) } }],
    ]) {
      assert.throws(() => device.insert(acl({ match })), code(Code.INVALID_ARGUMENT));
    }
    assert.throws(() => device.insert(acl({ priority: 0 })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(macEntry(1, { priority: 1 })), code(Code.INVALID_ARGUMENT));
  });

  it('refuses what breaks the rules of lpm and range', () => {
    const device = TestDevice.running();
    for (const lpm of [
      { value: bytes(0), prefixLen: 0 },
      { value: bytes(1), prefixLen: 8 },
      { value: bytes(0), prefixLen: 49 },
      { value: bytes(0), prefixLen: -1 },
    ]) {
      assert.throws(
        () => device.insert(route({ match: [{ fieldId: 1, lpm }] })),
        code(Code.INVALID_ARGUMENT),
      );
    }
    const span = (low: number, high: number) =>
      entry({
        tableId: id('In.spans'),
        match: [{ fieldId: 1, range: { low: bytes(low), high: bytes(high) } }],
        priority: 1,
        action: action('In.forward', 8),
      });
    assert.throws(() => device.insert(span(9, 3)), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(span(0, 0xffff)), code(Code.INVALID_ARGUMENT));
    device.insert(span(0x1200, 0x12ff));
    assert.deepEqual(device.send(ethernet(1)), [8]);
  });

  it('a default entry is only modified, goes back without an action, and minds const and scope', () => {
    const device = TestDevice.running();
    const fallback = (more: Init<TableEntry>) => macEntry(0, { match: [], isDefaultAction: true, ...more });
    assert.deepEqual(device.send(ethernet(0x77)), [0]);
    device.modify(fallback({ action: action('In.forward', 5), metadata: Buffer.from('m') }));
    assert.deepEqual(device.send(ethernet(0x77)), [5]);
    assert.equal(only(device.read(fallback({ action: null }))).metadata.length, 1);
    device.modify(fallback({ action: null }));
    assert.deepEqual(device.send(ethernet(0x77)), [0]);
    assert.equal(only(device.read(fallback({ action: null }))).metadata.length, 0);
    assert.throws(() => device.insert(fallback({})), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.delete(fallback({})), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify(fallback({ priority: 1 })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify(fallback({ idleTimeoutNs: 1n })), code(Code.INVALID_ARGUMENT));
    assert.throws(
      () => device.modify(fallback({ action: action('In.only_entry') })),
      code(Code.PERMISSION_DENIED),
    );
    assert.throws(
      () => device.insert(macEntry(1, { action: action('In.miss_all') })),
      code(Code.PERMISSION_DENIED),
    );
    const constant = acl({ match: [], priority: 0, isDefaultAction: true });
    assert.throws(() => device.modify(constant), code(Code.PERMISSION_DENIED));
  });

  it('const entries take direct resources and nothing else, and say that they are const', () => {
    const device = TestDevice.running();
    const fixed = (more: Init<TableEntry>) =>
      entry({
        tableId: id('In.fixed'),
        match: [{ fieldId: 1, ternary: { value: bytes(0x9001), mask: bytes(0xffff) } }],
        priority: 2,
        ...more,
      });
    device.modify(fixed({ counterData: { packetCount: 5n } }));
    const found = only(device.read(fixed({ counterData: {} })));
    assert.equal(found.counterData!.packetCount, 5n);
    assert.equal(found.isConst, true);
    for (const write of [
      () => device.modify(fixed({ action: action('In.count_fixed', 1) })),
      () => device.insert(fixed({ priority: 7, action: action('In.count_fixed', 1) })),
      () => device.delete(fixed({})),
    ]) {
      assert.throws(write, code(Code.PERMISSION_DENIED));
    }
    assert.throws(() => device.insert(macEntry(1, { isConst: true })), code(Code.INVALID_ARGUMENT));
  });

  it('keeps a counter over MODIFY and resets a meter, unless they are given', () => {
    const device = TestDevice.running();
    const meterConfig = { cir: 1n, cburst: 2n, pir: 3n, pburst: 4n };
    device.insert(route({ counterData: { packetCount: 1n, byteCount: 2n }, meterConfig }));
    device.send(ethernet(0x99, 0x0a0000000001n));
    const wanted = route({ action: null, counterData: {}, meterConfig: {} });
    assert.equal(only(device.read(wanted)).counterData!.packetCount, 2n);
    assert.equal(only(device.read(wanted)).meterConfig!.pburst, 4n);
    device.modify(route());
    assert.equal(only(device.read(wanted)).counterData!.packetCount, 2n);
    assert.equal(only(device.read(wanted)).meterConfig, null);
    assert.equal(only(device.read(route({ action: null }))).counterData, null);
    assert.throws(
      () => device.modify(route({ meterConfig: { ...meterConfig, eburst: 1n } })),
      code(Code.INVALID_ARGUMENT),
    );
    assert.throws(() => device.modify(macEntry(1, { meterCounterData: {} })), code(Code.NOT_FOUND));
  });

  it('counts what a direct meter marked, by colour, also on the default entry', () => {
    const device = TestDevice.running();
    const hit = ethernet(0x99, 0x0a0000000001n);
    const limit = { cir: 0n, cburst: 1n, pir: 0n, pburst: 2n };
    device.insert(route());
    device.send(hit);
    device.modify(route({ meterConfig: limit }));
    for (let i = 0; i < 3; i++) device.send(hit);
    const asked = route({ action: null, meterCounterData: {} });
    const counts = only(device.read(asked)).meterCounterData!;
    assert.deepEqual(
      [counts.green, counts.yellow, counts.red].map((c) => [c!.packetCount, c!.byteCount]),
      [
        [2n, 120n],
        [1n, 60n],
        [1n, 60n],
      ],
    );
    assert.equal(only(device.read(route({ action: null }))).meterCounterData, null);
    // What is unset stays: all counters of a MODIFY without them, the other colours of one with some.
    device.modify(route({ meterCounterData: { red: { packetCount: 7n, byteCount: 8n } } }));
    device.modify(route());
    const after = only(device.read(asked)).meterCounterData!;
    assert.deepEqual([after.green?.packetCount, after.red?.packetCount, after.red?.byteCount], [2n, 7n, 8n]);

    const missed = { tableEntry: { tableId: id('In.route'), isDefaultAction: true } };
    const direct = (more: object) => ({ directMeterEntry: { ...missed, ...more } });
    device.modify(direct({ config: limit }));
    device.send(ethernet(0x99, 0x0b0000000001n));
    const [read] = device.read(direct({ counterData: {} }));
    assert.equal(read!.directMeterEntry!.counterData!.green!.packetCount, 1n);
  });

  it('leaves nothing behind of an entry that it refuses', () => {
    const device = TestDevice.running();
    const before = device.state();
    assert.throws(
      () => device.insert(macEntry(1, { counterData: { packetCount: 1n } })),
      code(Code.INVALID_ARGUMENT),
    );
    assert.throws(() => device.insert(route({ meterConfig: { cir: 5n } })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(route({ idleTimeoutNs: 5n })), code(Code.INVALID_ARGUMENT));
    assert.equal(device.state(), before);
  });

  it('says that a table is full, that an entry is there, and that a keyless table has none', () => {
    const device = TestDevice.running();
    for (let i = 1; i <= 4; i++) device.insert(macEntry(i));
    assert.throws(() => device.insert(macEntry(4)), code(Code.ALREADY_EXISTS));
    assert.throws(() => device.insert(macEntry(5)), code(Code.RESOURCE_EXHAUSTED));
    const keyless = entry({ tableId: id('In.keyless'), action: action('In.forward', 1) });
    assert.throws(() => device.insert(keyless), code(Code.INVALID_ARGUMENT));
  });

  it('filters reads by match without priority, action and metadata; all tables take no filter', () => {
    const device = TestDevice.running();
    device.insert(acl());
    device.insert(acl({ priority: 6, action: action('In.drop'), metadata: Buffer.from('x') }));
    assert.equal(device.read(acl({ priority: 0, action: null })).length, 2);
    const by = (more: Init<TableEntry>) =>
      only(device.read(entry({ tableId: id('In.acl'), ...more }))).priority;
    assert.equal(by({ action: { action: { actionId: id('In.drop') } } }), 6);
    assert.equal(by({ metadata: Buffer.from('x') }), 6);
    assert.equal(device.read(entry({})).length, 6);
    assert.throws(() => device.read(entry({ priority: 1 })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.read(entry({ tableId: 1 })), code(Code.NOT_FOUND));
  });

  it('reads and writes direct counters and meters of entries and default entries by themselves', () => {
    const device = TestDevice.running();
    device.insert(route());
    const key = { tableEntry: route({ action: null }).tableEntry! };
    const fallback = { tableEntry: { tableId: id('In.route'), isDefaultAction: true } };
    for (const tableEntry of [key.tableEntry, fallback.tableEntry]) {
      device.modify({ directCounterEntry: { tableEntry, data: { packetCount: 3n, byteCount: 4n } } });
      device.modify({ directCounterEntry: { tableEntry } });
      device.modify({ directMeterEntry: { tableEntry, config: { cir: 1n, pir: 1n } } });
      assert.equal(
        device.read({ directCounterEntry: { tableEntry } })[0]!.directCounterEntry!.data!.byteCount,
        4n,
      );
      assert.equal(device.read({ directMeterEntry: { tableEntry } })[0]!.directMeterEntry!.config!.pir, 1n);
    }
    assert.equal(device.read({ directCounterEntry: {} }).length, 3);
    device.delete(route());
    assert.throws(() => device.read({ directCounterEntry: key }), code(Code.NOT_FOUND));
    assert.throws(() => device.insert({ directCounterEntry: key }), code(Code.INVALID_ARGUMENT));
    const none = { tableEntry: { tableId: id('In.exact_mac') } };
    assert.throws(() => device.read({ directCounterEntry: none }), code(Code.INVALID_ARGUMENT));
  });

  it('tells of idle entries, once for every timeout without a hit', () => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11, { idleTimeoutNs: 100_000_000n, metadata: Buffer.from('x') }));
    assert.equal(only(device.read(macEntry(0x11, { action: null }))).idleTimeoutNs, 100_000_000n);
    device.advance(60);
    device.send(ethernet(0x11));
    device.advance(90);
    assert.equal(device.idle.length, 0);
    device.advance(20);
    assert.equal(device.idle.length, 1);
    assert.equal(device.idle[0]!.tableEntry![0]!.metadata!.length, 1);
    device.advance(105);
    assert.equal(device.idle.length, 2);
    const asked = macEntry(0x11, { action: null, timeSinceLastHit: {} });
    assert.equal(only(device.read(asked)).timeSinceLastHit!.elapsedNs, 215_000_000n);
    device.delete(macEntry(0x11));
    device.advance(500);
    assert.equal(device.idle.length, 2);
  });
});
