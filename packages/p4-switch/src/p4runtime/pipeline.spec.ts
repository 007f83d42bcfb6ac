import assert from 'node:assert/strict';
import {
  Code,
  type ForwardingPipelineConfig,
  P4Info,
  P4RuntimeError,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  Update,
  UpdateType,
} from 'p4runtime-js';
import {
  action,
  bytes,
  config,
  ethernet,
  id,
  macEntry,
  p4info,
  TestDevice,
} from '../../test/p4runtime-device.js';

const code = (wanted: Code) => (error: unknown) => error instanceof P4RuntimeError && error.code === wanted;
const { VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, COMMIT, RECONCILE_AND_COMMIT } = PipelineAction;

/** Something of every kind. */
function filled(): TestDevice {
  const device = TestDevice.running();
  device.insert(macEntry(0x11, { metadata: Buffer.from('m'), idleTimeoutNs: 5_000_000n }));
  device.modify(macEntry(0, { match: [], isDefaultAction: true, action: action('In.forward', 7) }));
  const actionProfileAction = { ...action('In.forward', 4), weight: 2 };
  device.insert({
    tableEntry: {
      tableId: id('In.select_path'),
      match: [{ fieldId: 1, exact: { value: bytes(0x22) } }],
      action: { actionProfileActionSet: { actionProfileActions: [actionProfileAction] } },
    },
  });
  device.insert({
    actionProfileMember: { actionProfileId: id('In.hops'), memberId: 1, ...action('In.forward', 1) },
  });
  device.modify({
    counterEntry: { counterId: id('In.seen'), index: { index: 1 }, data: { packetCount: 9n } },
  });
  device.modify({
    meterEntry: { meterId: id('In.limit'), index: { index: 1 }, config: { cir: 1n, pir: 2n } },
  });
  device.modify({
    registerEntry: { registerId: id('In.plain'), index: { index: 3 }, data: { bitstring: bytes(5) } },
  });
  device.modify({
    valueSetEntry: {
      valueSetId: id('P.own_types'),
      members: [{ match: [{ fieldId: 1, exact: { value: bytes(3) } }] }],
    },
  });
  device.insert({
    packetReplicationEngineEntry: {
      multicastGroupEntry: { multicastGroupId: 1, replicas: [{ port: bytes(1) }] },
    },
  });
  device.insert({ digestEntry: { digestId: id('learn_t'), config: { maxListSize: 1 } } });
  return device;
}

describe('P4Runtime pipelines', () => {
  it('VERIFY changes nothing, VERIFY_AND_COMMIT clears the state', () => {
    const device = filled();
    const before = device.state();
    device.device.setPipeline(VERIFY, config({ cookie: { cookie: 5n } }));
    assert.equal(device.state(), before);
    assert.equal(device.device.pipeline!.cookie, null);
    device.device.setPipeline(VERIFY_AND_COMMIT, config({ cookie: { cookie: 5n } }));
    assert.equal(device.state(), TestDevice.running().state());
    assert.equal(device.device.pipeline!.cookie!.cookie, 5n);
  });

  it('VERIFY_AND_SAVE takes writes for later, COMMIT carries them out', () => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11));
    device.device.setPipeline(VERIFY_AND_SAVE, config({ cookie: { cookie: 6n } }));
    assert.equal(device.device.pipeline!.cookie!.cookie, 6n);
    device.insert(macEntry(0x22, { action: action('In.forward', 3) }));
    assert.deepEqual([device.send(ethernet(0x11)), device.send(ethernet(0x22))], [[2], [0]]);
    const saved = device.state();
    device.device.setPipeline(COMMIT, null);
    assert.deepEqual([device.send(ethernet(0x11)), device.send(ethernet(0x22))], [[0], [3]]);
    assert.ok(saved.length > 0);
    assert.throws(() => device.device.setPipeline(COMMIT, null), code(Code.NOT_FOUND));
  });

  it('RECONCILE_AND_COMMIT keeps everything that was written and counted', () => {
    const device = filled();
    const before = device.state();
    device.device.setPipeline(RECONCILE_AND_COMMIT, config({ cookie: { cookie: 7n } }));
    assert.equal(device.state(), before);
    assert.equal(device.device.pipeline!.cookie!.cookie, 7n);
    assert.deepEqual([device.send(ethernet(0x11)), device.send(ethernet(0x33))], [[2], [7]]);
  });

  it('a config that cannot be realised, or into which the state does not fit, leaves all as it was', () => {
    const device = filled();
    const before = device.state();
    const without = P4Info.from({ ...P4Info.decode(P4Info.encode(p4info)) });
    without.tables = without.tables.filter((table) => table.preamble!.name !== 'In.exact_mac');
    const bad: ForwardingPipelineConfig[] = [
      config({ p4info: null }),
      config({ p4DeviceConfig: new Uint8Array() }),
      config({ p4DeviceConfig: Buffer.from('{"program":') }),
      config({ p4info: { tables: [{ preamble: { id: 1, name: 'none' } }] } }),
      config({ p4info: { tables: [{ preamble: { id: 0, name: 'In.exact_mac' } }] } }),
      config({ p4info: { tables: [{ preamble: { id: 1, name: 'In.exact_mac' } }] } }),
    ];
    for (const each of bad) {
      for (const how of [VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, RECONCILE_AND_COMMIT]) {
        assert.throws(() => device.device.setPipeline(how, each), code(Code.INVALID_ARGUMENT));
      }
    }
    const missing = config({ p4info: without });
    assert.throws(
      () => device.device.setPipeline(RECONCILE_AND_COMMIT, missing),
      code(Code.INVALID_ARGUMENT),
    );
    assert.equal(device.state(), before);
    assert.deepEqual(device.send(ethernet(0x11)), [2]);
  });

  it('refuses everything without a pipeline', () => {
    const device = new TestDevice();
    assert.equal(device.device.pipeline, null);
    assert.throws(() => device.insert(macEntry(1)), code(Code.FAILED_PRECONDITION));
    assert.throws(() => device.read(macEntry(1)), code(Code.FAILED_PRECONDITION));
  });
});

describe('P4Runtime batches of all or nothing', () => {
  it('a batch that is rolled back leaves every kind of entity as it was', () => {
    const device = filled();
    const before = device.state();
    const batch = device.device.begin();
    for (const pattern of [
      { tableEntry: {} },
      { actionProfileMember: {} },
      { packetReplicationEngineEntry: {} },
      { digestEntry: {} },
    ]) {
      for (const entity of device.read(pattern)) {
        if (entity.tableEntry?.isConst) continue;
        void batch.write(Update.from({ type: UpdateType.DELETE, entity }));
      }
    }
    void batch.write(Update.from({ type: UpdateType.INSERT, entity: macEntry(0x44) }));
    void batch.write(
      Update.from({ type: UpdateType.MODIFY, entity: macEntry(0x44, { action: action('In.drop') }) }),
    );
    const counterId = id('In.seen');
    void batch.write(
      Update.from({ type: UpdateType.MODIFY, entity: { counterEntry: { counterId, data: {} } } }),
    );
    const registerId = id('In.plain');
    const entity = { registerEntry: { registerId, data: { bitstring: bytes(1) } } };
    void batch.write(Update.from({ type: UpdateType.MODIFY, entity }));
    const fallback = { match: [], isDefaultAction: true, action: null };
    void batch.write(Update.from({ type: UpdateType.MODIFY, entity: macEntry(0, fallback) }));
    assert.notEqual(device.state(), before);
    assert.throws(() => batch.write(Update.from({ type: UpdateType.DELETE, entity: macEntry(0x99) })));
    void batch.rollback();
    assert.equal(device.state(), before);
  });
});
