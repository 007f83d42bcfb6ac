// Every boundary is hostile: whatever bytes come, the device answers or throws a P4RuntimeError, and what it refuses has
// changed nothing.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  Code,
  DigestListAck,
  Entity,
  ForwardingPipelineConfig,
  type Init,
  P4RuntimeError,
  PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  Update,
  UpdateType,
} from 'p4runtime-js';
import { action, bytes, config, exact, id, macEntry, TestDevice } from '../../test/p4runtime-device.js';

const profile = id('In.paths');
const seeds: Init<Entity>[] = [
  macEntry(0x11, { idleTimeoutNs: 9n, metadata: Buffer.from('m'), timeSinceLastHit: null }),
  macEntry(0, { match: [], isDefaultAction: true }),
  {
    tableEntry: {
      tableId: id('In.route'),
      match: [{ fieldId: 1, lpm: { value: bytes(0x0a0000000000n), prefixLen: 8 } }],
      action: action('In.metered', 4),
      counterData: { packetCount: 1n },
      meterConfig: { cir: 1n, cburst: 2n, pir: 3n, pburst: 4n },
      meterCounterData: { yellow: { packetCount: 5n } },
    },
  },
  {
    tableEntry: {
      tableId: id('In.acl'),
      match: [{ fieldId: 1, ternary: { value: bytes(0x1200), mask: bytes(0xff00) } }],
      priority: 5,
      action: action('In.forward', 3),
    },
  },
  {
    tableEntry: {
      tableId: id('In.select_path'),
      match: [exact(1)],
      action: {
        actionProfileActionSet: {
          actionProfileActions: [{ ...action('In.forward', 1), weight: 2, watchPort: bytes(1) }],
        },
      },
    },
  },
  { actionProfileMember: { actionProfileId: profile, memberId: 1, ...action('In.forward', 1) } },
  {
    actionProfileGroup: {
      actionProfileId: profile,
      groupId: 1,
      members: [{ memberId: 1, weight: 1 }],
      maxSize: 3,
    },
  },
  { counterEntry: { counterId: id('In.seen'), index: { index: 1 }, data: { packetCount: 1n } } },
  { meterEntry: { meterId: id('In.limit'), index: { index: 1 }, config: { cir: 1n, pir: 1n } } },
  {
    meterEntry: {
      meterId: id('In.limit'),
      index: { index: 2 },
      config: { cir: 1n, cburst: 1n, pir: 1n, pburst: 1n },
      counterData: { green: { packetCount: 3n }, red: { byteCount: 4n } },
    },
  },
  { registerEntry: { registerId: id('In.plain'), index: { index: 1 }, data: { bitstring: bytes(5) } } },
  { valueSetEntry: { valueSetId: id('P.own_types'), members: [{ match: [exact(3)] }] } },
  {
    packetReplicationEngineEntry: {
      multicastGroupEntry: { multicastGroupId: 5, replicas: [{ port: bytes(3), instance: 1 }] },
    },
  },
  { packetReplicationEngineEntry: { cloneSessionEntry: { sessionId: 5, replicas: [{ egressPort: 3 }] } } },
  {
    digestEntry: { digestId: id('learn_t'), config: { maxListSize: 3, maxTimeoutNs: 4n, ackTimeoutNs: 5n } },
  },
  {
    directCounterEntry: {
      tableEntry: { tableId: id('In.route'), isDefaultAction: true },
      data: { byteCount: 1n },
    },
  },
];

/** Bytes of a message with some of them changed, left out or doubled. */
const mutated = (encoded: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      which: fc.nat(encoded.length - 1),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 4 }),
    })
    .map(({ which, edits }) => {
      const list = [...encoded[which]!];
      for (const [at, value, how] of edits) {
        const index = at % Math.max(1, list.length);
        if (how === 0) list[index] = value;
        else if (how === 1) list.splice(index, 1);
        else list.splice(index, 0, value);
      }
      return Uint8Array.from(list);
    });

/** @returns whether it was done; anything thrown but a P4RuntimeError of the sender's fault fails the test */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    assert.ok(error instanceof P4RuntimeError, String(error));
    assert.notEqual(error.code, Code.INTERNAL);
    return false;
  }
}

const decoded = <T>(type: { decode(bytes: Uint8Array): T }, raw: Uint8Array): T | undefined => {
  try {
    return type.decode(raw);
  } catch {
    return undefined;
  }
};

describe('P4Runtime device under mutated messages', function () {
  this.timeout(60_000);

  it('a refused update changes nothing, a refused batch nothing either', () => {
    const device = TestDevice.running();
    const inputs = seeds.flatMap((entity) =>
      [UpdateType.INSERT, UpdateType.MODIFY, UpdateType.DELETE].map((type) =>
        Update.encode({ type, entity }),
      ),
    );
    let state = device.state();
    fc.assert(
      fc.property(mutated(inputs), fc.boolean(), (raw, rolledBack) => {
        const update = decoded(Update, raw);
        if (!update) return;
        if (rolledBack) {
          const batch = device.device.begin();
          attempt(() => batch.write(update));
          void batch.rollback();
        } else if (attempt(() => device.device.write(update))) state = device.state();
        assert.equal(device.state(), state);
      }),
      { numRuns: 1500 },
    );
    device.device.close();
  });

  it('reads, packets and acknowledgements are answered or refused', () => {
    const device = TestDevice.running();
    for (const entity of seeds) attempt(() => device.insert(entity));
    const patterns = seeds.map((entity) => Entity.encode(entity));
    const packet = PacketOut.encode({ payload: bytes(1), metadata: [{ metadataId: 1, value: bytes(1) }] });
    fc.assert(
      fc.property(mutated(patterns), mutated([packet]), (raw, out) => {
        const pattern = decoded(Entity, raw);
        if (pattern) attempt(() => void [...device.device.read(pattern)]);
        const message = decoded(PacketOut, out);
        if (message) attempt(() => device.device.packetOut(message));
        const ack = decoded(DigestListAck, out);
        if (ack) attempt(() => device.device.digestAck(ack));
      }),
      { numRuns: 1500 },
    );
    device.device.close();
  });

  it('a pipeline is set or refused, and a refused one changes nothing', () => {
    const device = TestDevice.running();
    for (const entity of seeds) attempt(() => device.insert(entity));
    const state = device.state();
    const inputs = [ForwardingPipelineConfig.encode(config())];
    fc.assert(
      fc.property(mutated(inputs), (raw) => {
        const message = decoded(ForwardingPipelineConfig, raw);
        if (message) attempt(() => device.device.setPipeline(PipelineAction.VERIFY, message));
        assert.equal(device.state(), state);
      }),
      { numRuns: 40 },
    );
    device.device.close();
  });
});
