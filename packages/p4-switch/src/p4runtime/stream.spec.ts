import assert from 'node:assert/strict';
import { Code, type Entity, type Init, P4RuntimeError, PacketOut } from 'p4runtime-js';
import { action, bytes, ethernet, id, macEntry, TestDevice } from '../../test/p4runtime-device.js';

const code = (wanted: Code) => (error: unknown) => error instanceof P4RuntimeError && error.code === wanted;
const digest = (config: object | null): Init<Entity> => ({
  digestEntry: { digestId: id('learn_t'), config },
});
const NS = 1_000_000n;

describe('P4Runtime packets', () => {
  it('a packet for the controller carries the metadata of its header', () => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11, { action: action('In.to_cpu', 0x102) }));
    device.device.packetOut(
      PacketOut.from({
        payload: ethernet(0x11),
        metadata: [
          { metadataId: 1, value: bytes(0) },
          { metadataId: 2, value: bytes(1) },
        ],
      }),
    );
    const [packet] = device.packets;
    assert.deepEqual(
      packet!.metadata!.map((m) => [m.metadataId, Buffer.from(m.value!).toString('hex')]),
      [
        [1, '01fe'],
        [2, '00'],
        [3, '0102'],
      ],
    );
    assert.equal(packet!.payload!.length, 60);
  });

  it('a packet-out has each metadata precisely once, with a value that fits', () => {
    const device = TestDevice.running();
    const port = { metadataId: 1, value: bytes(2) };
    const through = { metadataId: 2, value: bytes(1) };
    const send =
      (...metadata: { metadataId: number; value: Uint8Array }[]) =>
      () =>
        device.device.packetOut(PacketOut.from({ payload: ethernet(1), metadata }));
    assert.throws(send(port), code(Code.INVALID_ARGUMENT));
    assert.throws(send(port, port, through), code(Code.INVALID_ARGUMENT));
    assert.throws(send(port, through, { metadataId: 9, value: bytes(1) }), code(Code.INVALID_ARGUMENT));
    assert.throws(send(port, { metadataId: 2, value: bytes(2) }), code(Code.OUT_OF_RANGE));
    assert.throws(send(port, { metadataId: 2, value: bytes(0).subarray(1) }), code(Code.OUT_OF_RANGE));
  });
});

describe('P4Runtime digests', () => {
  const learning = (config: object) => {
    const device = TestDevice.running();
    device.insert(macEntry(0x11, { action: action('In.learn') }));
    device.insert(digest(config));
    return device;
  };

  it('a list leaves when it is full, without duplicates', () => {
    const device = learning({ maxListSize: 2, maxTimeoutNs: 1000n * NS, ackTimeoutNs: 1000n * NS });
    for (const src of [1, 1, 2]) device.send(ethernet(0x11, src));
    assert.equal(device.digests.length, 1);
    const members = device.digests[0]!.data!.map((data) => data.struct!.members![0]!.bitstring![0]);
    assert.deepEqual(members, [1, 2]);
  });

  it('a list leaves when its oldest message has waited long enough', () => {
    const device = learning({ maxTimeoutNs: 50n * NS });
    device.send(ethernet(0x11, 1));
    device.advance(49);
    assert.equal(device.digests.length, 0);
    device.advance(1);
    assert.equal(device.digests.length, 1);
  });

  it('what was not acknowledged is sent again only after the timeout; what was, at once', () => {
    const device = learning({ maxListSize: 1, ackTimeoutNs: 100n * NS });
    device.send(ethernet(0x11, 1));
    device.send(ethernet(0x11, 1));
    assert.equal(device.digests.length, 1);
    device.device.digestAck({ digestId: id('learn_t'), listId: device.digests[0]!.listId as bigint });
    device.send(ethernet(0x11, 1));
    assert.equal(device.digests.length, 2);
    device.advance(100);
    device.send(ethernet(0x11, 1));
    assert.equal(device.digests.length, 3);
    device.device.digestAck({ digestId: id('learn_t'), listId: 99n });
    assert.throws(() => device.device.digestAck({ digestId: 1, listId: 1n }), code(Code.NOT_FOUND));
  });

  it('is configured once, modified, read and deleted', () => {
    const device = learning({ maxListSize: 1 });
    assert.throws(() => device.insert(digest({})), code(Code.ALREADY_EXISTS));
    assert.throws(() => device.modify(digest({ maxTimeoutNs: -1n })), code(Code.INVALID_ARGUMENT));
    device.modify(digest({ maxListSize: 3 }));
    assert.equal(device.read({ digestEntry: {} })[0]!.digestEntry!.config!.maxListSize, 3);
    device.delete(digest(null));
    assert.deepEqual(device.read({ digestEntry: {} }), []);
    assert.throws(() => device.delete(digest(null)), code(Code.NOT_FOUND));
    device.send(ethernet(0x11, 1));
    assert.equal(device.digests.length, 0);
  });
});
