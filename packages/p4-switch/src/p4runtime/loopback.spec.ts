import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type DigestList,
  insert,
  modify,
  P4RuntimeClient,
  P4RuntimeError,
  type PacketIn,
  type StreamError,
  WriteRequestAtomicity,
} from 'p4runtime-js';
import { action, bytes, CPU_PORT, config, ethernet, id, macEntry } from '../../test/p4runtime-device.js';
import { RunningSwitch } from '../index.js';

describe('P4Runtime over gRPC', () => {
  let running: RunningSwitch;
  let client: P4RuntimeClient;

  beforeEach(async () => {
    running = await RunningSwitch.start({ p4runtime: '127.0.0.1:0', cpuPort: CPU_PORT, ports: new Map() });
    client = await P4RuntimeClient.connect({ address: running.address, deviceId: 1, electionId: 1 });
    await client.setPipeline(config());
  });
  afterEach(async () => {
    client.close();
    await running.close();
  });

  const entries = () => client.readAll([{ tableEntry: { tableId: id('In.exact_mac') } }]);

  it('writes, forwards, reads back, and tells each failed update', async () => {
    await client.write([insert(macEntry(0x11))]);
    const out = running.dataPlane.processFrame(1, ethernet(0x11));
    assert.deepEqual(
      out.map((frame) => frame.port),
      [2],
    );
    assert.equal((await entries()).length, 1);
    await assert.rejects(
      client.write([insert(macEntry(0x12)), insert(macEntry(0x11)), modify(macEntry(0x99))]),
      (error: unknown) => {
        assert.ok(error instanceof P4RuntimeError);
        assert.deepEqual(
          error.details.map(({ index, code }) => [index, code]),
          [
            [1, 6],
            [2, 5],
          ],
        );
        return true;
      },
    );
    assert.equal((await entries()).length, 2);
  });

  for (const mode of ['ROLLBACK_ON_ERROR', 'DATAPLANE_ATOMIC'] as const) {
    it(`${mode}: all of a batch or nothing`, async () => {
      const atomicity = WriteRequestAtomicity[mode];
      await client.write([insert(macEntry(1)), insert(macEntry(2))], { atomicity });
      await assert.rejects(client.write([insert(macEntry(3)), insert(macEntry(1))], { atomicity }));
      assert.equal((await entries()).length, 2);
    });
  }

  it('exchanges packets with the controller, and says which packet-out it refused', async () => {
    await client.write([insert(macEntry(0x11, { action: action('In.to_cpu', 7) }))]);
    const received = once(client, 'packetIn') as Promise<[unknown, PacketIn]>;
    await client.sendPacketOut({
      payload: ethernet(0x11),
      metadata: [
        { metadataId: 1, value: bytes(0) },
        { metadataId: 2, value: bytes(1) },
      ],
    });
    const [, packet] = await received;
    assert.deepEqual([...packet.metadata[2]!.value], [7]);
    const refused = once(client, 'streamError') as Promise<[P4RuntimeError, StreamError]>;
    await client.sendPacketOut({ payload: bytes(1) });
    const [error] = await refused;
    assert.match(error.message, /INVALID_ARGUMENT.*egress_port/);
  });

  it('sends digests', async () => {
    await client.write([
      insert(macEntry(0x11, { action: action('In.learn') })),
      insert({ digestEntry: { digestId: id('learn_t'), config: { maxListSize: 1 } } }),
    ]);
    const received = once(client, 'digest') as Promise<[DigestList]>;
    running.dataPlane.processFrame(3, ethernet(0x11, 0xab));
    const [list] = await received;
    assert.deepEqual([...list.data[0]!.struct!.members[0]!.bitstring!], [0xab]);
    await client.ackDigest(list);
  });

  it('keeps the entries when the same program comes again to be reconciled', async () => {
    await client.write([insert(macEntry(0x11))]);
    await client.setPipeline(config({ cookie: { cookie: 3n } }), { action: 5 });
    assert.equal((await entries()).length, 1);
    assert.equal((await client.getPipeline())!.cookie!.cookie, 3n);
  });
});
