import assert from 'node:assert/strict';
import {
  Code,
  Entity,
  type FieldMatch,
  type Init,
  P4RuntimeError,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  p4,
} from 'p4runtime-js';
import {
  action,
  bytes,
  config,
  ethernet,
  exact,
  id,
  macEntry,
  p4info as original,
  TestDevice,
} from '../../test/p4runtime-device.js';

const code = (wanted: Code) => (error: unknown) => error instanceof P4RuntimeError && error.code === wanted;

/** The program's P4Info with another type of its meters; the data plane does not know of these types. */
function withMeterType(type: p4.config.v1.MeterSpecType) {
  const meters = original.meters.map((meter) => ({ ...meter, spec: { ...meter.spec!, type } }));
  return { ...original, meters };
}

function withValueSetOf(matchType: p4.config.v1.MatchFieldMatchType) {
  const valueSets = original.valueSets.map((set) => ({
    ...set,
    match: set.match.map((field) => ({ ...field, matchType })),
  }));
  return { ...original, valueSets };
}

describe('P4Runtime indexed resources', () => {
  it('counters: one cell or all, no data changes nothing, and an index has to exist', () => {
    const device = TestDevice.running();
    const seen = (index: bigint | null, packetCount?: bigint): Init<Entity> => ({
      counterEntry: {
        counterId: id('In.seen'),
        index: index === null ? null : { index },
        data: packetCount === undefined ? null : { packetCount },
      },
    });
    const count = (index: bigint) => device.read(seen(index))[0]!.counterEntry!.data!.packetCount;
    device.modify(seen(null, 7n));
    device.modify(seen(2n, -1n));
    device.modify(seen(1n));
    device.send(ethernet(1), 1);
    assert.deepEqual([0n, 1n, 2n, 3n].map(count), [7n, 8n, -1n, 7n]);
    assert.equal(device.read({ counterEntry: {} }).length, 4);
    assert.throws(() => device.modify(seen(-1n, 0n)), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify(seen(4n, 0n)), code(Code.OUT_OF_RANGE));
    assert.throws(() => device.insert(seen(1n, 0n)), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify({ counterEntry: { data: {} } }), code(Code.NOT_FOUND));
  });

  it('meters: no config takes the limit away', () => {
    const device = TestDevice.running();
    const limit = (config: object | null): Init<Entity> => ({
      meterEntry: { meterId: id('In.limit'), index: { index: 1 }, config },
    });
    device.modify(limit({ cir: 1n, cburst: 2n, pir: 3n, pburst: 4n }));
    assert.equal(device.read(limit(null))[0]!.meterEntry!.config!.cburst, 2n);
    device.modify(limit(null));
    assert.equal(device.read(limit(null))[0]!.meterEntry!.config, null);
    assert.throws(() => device.modify(limit({ cir: -1n })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify(limit({ eburst: 1n })), code(Code.INVALID_ARGUMENT));
  });

  it('meters: what was marked is counted by colour, where it is asked for', () => {
    const device = TestDevice.running();
    const cell = (more: object = {}): Init<Entity> => ({
      meterEntry: { meterId: id('In.limit'), index: { index: 0 }, ...more },
    });
    device.send(ethernet(1));
    device.modify(cell({ config: { cir: 0n, cburst: 1n, pir: 0n, pburst: 2n } }));
    for (let i = 0; i < 3; i++) device.send(ethernet(1));
    const counts = () => device.read(cell({ counterData: {} }))[0]!.meterEntry!.counterData!;
    const packets = () => [counts().green, counts().yellow, counts().red].map((c) => c!.packetCount);
    assert.deepEqual(packets(), [2n, 1n, 1n]);
    assert.equal(counts().green!.byteCount, 120n);
    assert.equal(device.read(cell())[0]!.meterEntry!.counterData, null);
    device.modify(cell({ counterData: { yellow: { packetCount: 50n } } }));
    assert.deepEqual(packets(), [2n, 50n, 1n]);
    // A new pipeline that keeps the state keeps these, too.
    device.device.setPipeline(PipelineAction.RECONCILE_AND_COMMIT, config());
    assert.deepEqual(packets(), [2n, 50n, 1n]);
  });

  it('meters: an excess burst is a bucket of its own, in meters of a single rate and three colours', () => {
    const device = new TestDevice();
    device.device.setPipeline(
      PipelineAction.VERIFY_AND_COMMIT,
      config({
        p4info: withMeterType(p4.config.v1.MeterSpecType.SINGLE_RATE_THREE_COLOR),
      }),
    );
    const limit = { cir: 0n, cburst: 1n, pir: 0n, pburst: 1n, eburst: 2n };
    const cell = { meterId: id('In.limit'), index: { index: 0 } };
    device.modify({ meterEntry: { ...cell, config: limit } });
    for (let i = 0; i < 5; i++) device.send(ethernet(1));
    const { config: read, counterData } = device.read({ meterEntry: { ...cell, counterData: {} } })[0]!
      .meterEntry!;
    assert.equal(read!.eburst, 2n);
    const { green, yellow, red } = counterData!;
    assert.deepEqual(
      [green, yellow, red].map((c) => c!.packetCount),
      [1n, 2n, 2n],
    );
  });

  it('registers: what the data plane wrote, what a controller wrote, signs in their shortest form', () => {
    const device = TestDevice.running();
    const cell = (name: string, index: number, bitstring?: Uint8Array): Init<Entity> => ({
      registerEntry: { registerId: id(name), index: { index }, data: bitstring ? { bitstring } : null },
    });
    const value = (name: string, index: number) =>
      Buffer.from(device.read(cell(name, index))[0]!.registerEntry!.data!.bitstring!).toString('hex');
    device.send(ethernet(1));
    assert.equal(value('In.plain', 0), '3c');
    assert.equal(value('In.signed', 0), 'ff');
    device.modify(cell('In.signed', 1, Buffer.from('fff800', 'hex')));
    assert.equal(value('In.signed', 1), 'f800');
    device.modify(cell('In.signed', 1, Buffer.from('0080', 'hex')));
    assert.equal(value('In.signed', 1), '0080');
    assert.throws(
      () => device.modify(cell('In.signed', 1, Buffer.from('0800', 'hex'))),
      code(Code.OUT_OF_RANGE),
    );
    const wrong = { registerEntry: { registerId: id('In.plain'), data: { bool: true } } };
    assert.throws(() => device.modify(wrong), code(Code.INVALID_ARGUMENT));
  });

  it('value sets: all members at once, no more than fit, none twice', () => {
    const device = TestDevice.running();
    const set = (...types: number[]): Init<Entity> => ({
      valueSetEntry: { valueSetId: id('P.own_types'), members: types.map((t) => ({ match: [exact(t)] })) },
    });
    device.modify(set(0x1234, 0x5678));
    assert.deepEqual(device.send(ethernet(1)), [9]);
    assert.equal(device.read({ valueSetEntry: {} })[0]!.valueSetEntry!.members.length, 2);
    assert.throws(() => device.modify(set(1, 2, 3)), code(Code.RESOURCE_EXHAUSTED));
    assert.throws(() => device.modify(set(1, 1)), code(Code.ALREADY_EXISTS));
    assert.throws(() => device.insert(set(1)), code(Code.INVALID_ARGUMENT));
    device.modify(set());
    assert.deepEqual(device.send(ethernet(1)), [0]);
  });

  describe('value sets of other kinds', () => {
    const member = (match: Init<FieldMatch>) => ({ match: [{ fieldId: 1, ...match }] });
    const known = (device: TestDevice, type: number) => device.send(ethernet(1, 0xa, type))[0] === 9;
    const cases: [string, p4.config.v1.MatchFieldMatchType, Init<FieldMatch>, number, number][] = [
      ['ternary', 4, { ternary: { value: bytes(0x1200), mask: bytes(0xff00) } }, 0x12ff, 0x1300],
      ['lpm', 3, { lpm: { value: bytes(0x8000), prefixLen: 1 } }, 0x8001, 0x7fff],
      ['range', 5, { range: { low: bytes(0x10), high: bytes(0x20) } }, 0x20, 0x21],
      ['optional', 6, { optional: { value: bytes(0x42) } }, 0x42, 0x43],
    ];
    for (const [kind, matchType, match, inside, outside] of cases) {
      it(`${kind}: matches so, and reads back as it was written`, () => {
        const device = new TestDevice();
        const p4info = withValueSetOf(matchType);
        device.device.setPipeline(PipelineAction.VERIFY_AND_COMMIT, config({ p4info }));
        const members = [member(match)];
        const set = (all: typeof members) => ({
          valueSetEntry: { valueSetId: id('P.own_types'), members: all },
        });
        device.modify(set(members));
        assert.deepEqual(
          [inside, outside].map((type) => known(device, type)),
          [true, false],
        );
        const [read] = device.read({ valueSetEntry: {} });
        assert.deepEqual(read, Entity.from(set(members)));
        assert.throws(() => device.modify(set([...members, ...members])), code(Code.ALREADY_EXISTS));
        assert.throws(
          () => device.modify(set([member({ exact: { value: bytes(1) } })])),
          code(Code.INVALID_ARGUMENT),
        );
        if (kind !== 'range') return;
        // A member without its field matches everything.
        device.modify({ valueSetEntry: { valueSetId: id('P.own_types'), members: [{ match: [] }] } });
        assert.equal(known(device, 0xffff), true);
      });
    }
  });
});

describe('P4Runtime packet replication', () => {
  const group = (more: object = {}): Init<Entity> => ({
    packetReplicationEngineEntry: {
      multicastGroupEntry: {
        multicastGroupId: 5,
        replicas: [{ port: bytes(3) }, { egressPort: 4 }],
        ...more,
      },
    },
  });

  it('multicasts, and reads back the port in the field that it was written in', () => {
    const device = TestDevice.running();
    device.insert(group({ metadata: Buffer.from('g') }));
    device.insert(macEntry(0x11, { action: action('In.flood', 5) }));
    assert.deepEqual(device.send(ethernet(0x11)).sort(), [3, 4]);
    const [found] = device.read({ packetReplicationEngineEntry: { multicastGroupEntry: {} } });
    const { replicas, metadata } = found!.packetReplicationEngineEntry!.multicastGroupEntry!;
    assert.deepEqual(
      replicas.map((r) => r.portKind),
      ['port', 'egressPort'],
    );
    assert.equal(metadata.length, 1);
    device.delete(group());
    assert.deepEqual(device.send(ethernet(0x11)), []);
  });

  it('refuses the id 0, equal replicas, replicas without port or with backups', () => {
    const device = TestDevice.running();
    const before = device.state();
    const twice = [{ port: bytes(3) }, { egressPort: 3 }];
    assert.throws(() => device.insert(group({ multicastGroupId: 0 })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(group({ replicas: twice })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(group({ replicas: [{ instance: 1 }] })), code(Code.INVALID_ARGUMENT));
    const backups = [{ port: bytes(3), backupReplicas: [{ port: bytes(4) }] }];
    assert.throws(() => device.insert(group({ replicas: backups })), code(Code.UNIMPLEMENTED));
    assert.throws(() => device.modify(group()), code(Code.NOT_FOUND));
    assert.equal(device.state(), before);
  });

  it('clones, truncated, with a class of service that is read back', () => {
    const device = TestDevice.running();
    const session = (more: object = {}): Init<Entity> => ({
      packetReplicationEngineEntry: {
        cloneSessionEntry: {
          sessionId: 9,
          replicas: [{ port: bytes(6) }],
          classOfService: 2,
          packetLengthBytes: 20,
          ...more,
        },
      },
    });
    device.insert(session());
    device.insert(macEntry(0x11, { action: action('In.mirror', 9) }));
    const out = device.sw.processFrame(1, ethernet(0x11));
    assert.equal(out.find((frame) => frame.port === 6)!.bytes.length, 20);
    const [found] = device.read({ packetReplicationEngineEntry: { cloneSessionEntry: { sessionId: 9 } } });
    assert.equal(found!.packetReplicationEngineEntry!.cloneSessionEntry!.classOfService, 2);
    assert.throws(() => device.insert(session({ sessionId: 0 })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.modify(session({ classOfService: 8 })), code(Code.INVALID_ARGUMENT));
  });
});

describe('P4Runtime action profiles', () => {
  const member = (memberId: number, port: number, more: object = {}): Init<Entity> => ({
    actionProfileMember: {
      actionProfileId: id('In.paths'),
      memberId,
      ...action('In.forward', port),
      ...more,
    },
  });
  const group = (members: object[], more: object = {}): Init<Entity> => ({
    actionProfileGroup: { actionProfileId: id('In.paths'), groupId: 1, members, ...more },
  });
  const pick = (act: object | null): Init<Entity> => ({
    tableEntry: { tableId: id('In.select_path'), match: [exact(0x11)], action: act },
  });
  const oneShot = (...ports: number[]) => ({
    actionProfileActionSet: {
      actionProfileActions: ports.map((port) => ({ ...action('In.forward', port), weight: 1 })),
    },
  });
  const spread = (device: TestDevice): number[] => {
    const ports = new Set<number>();
    // Steps that reach several bytes: the low bits of a CRC hardly follow the last byte alone.
    for (let src = 0x10307; src <= 0x10307 * 64; src += 0x10307)
      for (const port of device.send(ethernet(0x11, src))) ports.add(port);
    return [...ports].sort();
  };

  const hidden = (device: TestDevice) => {
    const profile = device.sw.control.profiles.get('In.paths')!;
    return { members: [...profile.members()].length, groups: [...profile.groups()].length };
  };

  it('members and groups with weights forward, and cannot go while they are used', () => {
    const device = TestDevice.running();
    device.insert(member(1, 2));
    device.insert(member(2, 3));
    device.insert(
      group(
        [
          { memberId: 1, weight: 3_000_000 },
          { memberId: 2, weight: 1_000_000 },
        ],
        { maxSize: 4_000_000 },
      ),
    );
    device.insert(pick({ actionProfileGroupId: 1 }));
    assert.deepEqual(spread(device), [2, 3]);
    const [found] = device.read({ actionProfileGroup: {} });
    assert.deepEqual(
      found!.actionProfileGroup!.members.map((m) => m.weight),
      [3_000_000, 1_000_000],
    );
    assert.throws(() => device.delete(member(1, 0)), code(Code.FAILED_PRECONDITION));
    assert.throws(() => device.delete(group([])), code(Code.FAILED_PRECONDITION));
    assert.throws(() => device.modify(group([], { maxSize: 1 })), code(Code.INVALID_ARGUMENT));
    device.modify(member(1, 4));
    assert.deepEqual(spread(device), [3, 4]);
  });

  it('refuses ids of 0, weights that are none, members twice or unknown, and weights beyond measure', () => {
    const device = TestDevice.running();
    device.insert(member(1, 2));
    device.insert(member(2, 2));
    const before = device.state();
    assert.throws(() => device.insert(member(0, 1)), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(member(1, 1)), code(Code.ALREADY_EXISTS));
    assert.throws(() => device.insert(member(3, 1, { action: null })), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(group([{ memberId: 1 }])), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(group([{ memberId: 7, weight: 1 }])), code(Code.NOT_FOUND));
    const one = { memberId: 1, weight: 1 };
    assert.throws(() => device.insert(group([one, one])), code(Code.INVALID_ARGUMENT));
    assert.throws(() => device.insert(group([one], { groupId: 0 })), code(Code.INVALID_ARGUMENT));
    const heavy = group([one, { memberId: 2, weight: 2_147_483_647 }]);
    assert.throws(() => device.insert(heavy), code(Code.RESOURCE_EXHAUSTED));
    assert.throws(() => device.insert(pick({ actionProfileMemberId: 9 })), code(Code.NOT_FOUND));
    assert.throws(() => device.insert(pick(action('In.forward', 1))), code(Code.INVALID_ARGUMENT));
    assert.throws(
      () => device.insert(macEntry(1, { action: { actionProfileMemberId: 1 } })),
      code(Code.INVALID_ARGUMENT),
    );
    assert.equal(device.state(), before);
  });

  it('a one-shot forwards, is read back as written, and leaves nothing when it goes', () => {
    const device = TestDevice.running();
    device.insert(pick(oneShot(2, 3)));
    assert.deepEqual(spread(device), [2, 3]);
    const [found] = device.read(pick(null));
    assert.equal(found!.tableEntry!.action!.actionProfileActionSet!.actionProfileActions.length, 2);
    assert.deepEqual(device.read({ actionProfileMember: {} }), []);
    assert.deepEqual(device.read({ actionProfileGroup: {} }), []);
    device.modify(pick(oneShot(5)));
    assert.deepEqual(spread(device), [5]);
    assert.throws(() => device.insert(member(1, 2)), code(Code.INVALID_ARGUMENT));
    device.delete(pick(null));
    assert.deepEqual(device.read(pick(null)), []);
    const { members, groups } = hidden(device);
    assert.deepEqual([members, groups], [0, 0]);
    device.insert(member(1, 2));
    assert.throws(() => device.insert(pick(oneShot(2))), code(Code.INVALID_ARGUMENT));
  });

  it('a one-shot that does not fit changes nothing', () => {
    const device = TestDevice.running();
    const before = device.state();
    assert.throws(
      () => device.insert(pick(oneShot(1, 2, 3, 4, 5, 6, 7, 8, 9))),
      code(Code.RESOURCE_EXHAUSTED),
    );
    const random = {
      actionProfileActionSet: { ...oneShot(1).actionProfileActionSet, actionSelectionMode: 2 as const },
    };
    assert.throws(() => device.insert(pick(random)), code(Code.UNIMPLEMENTED));
    const hop = { tableEntry: { tableId: id('In.select_hop'), match: [exact(1)], action: oneShot(1) } };
    assert.throws(() => device.insert(hop), code(Code.INVALID_ARGUMENT));
    assert.equal(device.state(), before);
    assert.equal(hidden(device).members, 0);
  });

  it('members whose watch port is down are left out until it is up again', () => {
    const device = TestDevice.running();
    const wire = { name: 'test', onFrames() {}, send: () => true, flush() {} };
    const attach = (port: number) => device.sw.attachPort(port, wire as never);
    attach(2);
    device.insert(member(1, 2));
    device.insert(member(2, 3));
    const watched = [
      { memberId: 1, weight: 1, watchPort: bytes(2) },
      { memberId: 2, weight: 1 },
    ];
    device.insert(group(watched));
    device.insert(pick({ actionProfileGroupId: 1 }));
    assert.deepEqual(spread(device), [2, 3]);
    device.sw.detachPort(2);
    device.device.portsChanged();
    assert.deepEqual(spread(device), [3]);
    assert.equal(
      device.read({ actionProfileGroup: {} })[0]!.actionProfileGroup!.members[0]!.watchPort!.length,
      1,
    );
    assert.throws(() => device.delete(member(1, 0)), code(Code.FAILED_PRECONDITION));
    attach(2);
    device.device.portsChanged();
    assert.deepEqual(spread(device), [2, 3]);
    const unknown = [{ memberId: 1, weight: 1, watchPort: bytes(77) }];
    assert.throws(() => device.modify(group(unknown)), code(Code.INVALID_ARGUMENT));
  });
});
