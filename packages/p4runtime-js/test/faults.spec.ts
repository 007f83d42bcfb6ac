// What happens around a session when a switch, a clock or another controller does not behave.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  Code,
  ensurePipeline,
  insert,
  multicastGroup,
  P4RuntimeClient,
  P4RuntimeError,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  sessions,
} from '../src/index.js';
import { exampleP4Info } from '../src/testing/example-p4info.js';
import { type FakeSwitch, startFakeSwitch } from '../src/testing/index.js';

const p4info = exampleP4Info();
const groups = (count: number) =>
  Array.from({ length: count }, (_, i) => insert(multicastGroup({ id: i + 1 })));
const failed = (thrown: unknown): P4RuntimeError => {
  assert.ok(thrown instanceof P4RuntimeError, String(thrown));
  return thrown;
};

describe('faults', () => {
  let fake: FakeSwitch;
  let client: P4RuntimeClient;
  const realNow = Date.now;
  beforeEach(async () => {
    fake = await startFakeSwitch({ pipeline: { p4info } });
    client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1 });
  });
  afterEach(() => {
    Date.now = realNow;
    client.close();
    fake.kill();
  });

  it('a switch that answers too slowly fails the Write by its deadline, and the session goes on', async () => {
    let go: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    fake.device.beforeWrite = () => held;
    const error = await client.write(groups(1), { deadlineMs: 100 }).then(() => assert.fail(), failed);
    assert.equal(error.code, Code.DEADLINE_EXCEEDED);
    assert.match(error.message, /did not answer within 100 ms/);
    fake.device.beforeWrite = undefined;
    go();
    // The Write that was given up was carried out all the same, which a read shows: it waits for the Write.
    assert.equal((await client.readAll([multicastGroup({ id: 0 })])).length, 1);
    assert.equal(client.isPrimary, true);
  });

  it('a switch that answers UNKNOWN for an update is believed, and the other updates are done', async () => {
    fake.device.beforeWrite = ({ entity }) => {
      const id = entity?.packetReplicationEngineEntry?.multicastGroupEntry?.multicastGroupId;
      if (id === 2) throw new P4RuntimeError('Error in first phase of device update', Code.UNKNOWN);
    };
    const error = await client.write(groups(3)).then(() => assert.fail(), failed);
    assert.match(
      error.message,
      /1 of 3 failed: INSERT multicast group 2 -> ports none: UNKNOWN, Error in first/,
    );
    assert.equal(fake.device.store.all().length, 2);
  });

  it('a switch that fails by a fault of its own says INTERNAL, and lives', async () => {
    fake.device.beforeWrite = () => {
      throw new TypeError('x is undefined');
    };
    const error = await client.write(groups(1)).then(() => assert.fail(), failed);
    assert.equal(error.code, Code.INTERNAL);
    fake.device.beforeWrite = undefined;
    await client.write(groups(1));
  });

  it('a switch that dies in the middle of batches leaves what nobody knows, what was sent and what was not', async () => {
    fake.device.beforeWrite = ({ entity }) => {
      const id = entity?.packetReplicationEngineEntry?.multicastGroupEntry?.multicastGroupId;
      if (id !== 15) return;
      fake.kill();
      return new Promise<void>(() => {});
    };
    const error = await client.write(groups(30), { batchSize: 10 }).then(() => assert.fail(), failed);
    assert.equal(error.code, Code.UNAVAILABLE);
    assert.match(error.message, /nobody knows of 10 updates .*, 10 were sent before, 10 were not sent/);
  });

  it('an action that is UNIMPLEMENTED or UNKNOWN to the switch falls back to one that every switch has', async () => {
    for (const code of [Code.UNIMPLEMENTED, Code.UNKNOWN, Code.INVALID_ARGUMENT]) {
      fake.device.beforePipeline = (action) => {
        if (action === PipelineAction.RECONCILE_AND_COMMIT) throw new P4RuntimeError('no', code);
      };
      await client.setPipeline({ p4info, cookie: { cookie: 1n } });
      const config = { p4info, p4DeviceConfig: Uint8Array.of(code) };
      assert.equal(await ensurePipeline(client, config, { keepEntries: true }), 'replaced');
    }
  });

  it('a stream that drops ends the session with a reason, and the next session is primary again', async () => {
    const ended: (P4RuntimeError | undefined)[] = [];
    const { address } = fake;
    const stop = new AbortController();
    for await (const session of sessions(
      { address, deviceId: 1, electionId: 2 },
      { signal: stop.signal, random: () => 0 },
    )) {
      assert.equal(session.isPrimary, true);
      if (ended.length === 0) {
        fake.kill();
        ended.push(await session.ended);
        fake = await startFakeSwitch({ listen: address });
      } else {
        stop.abort();
      }
    }
    assert.equal(ended[0]?.code, Code.UNAVAILABLE);
  });

  it('an election id that is used twice is refused to the second, and the first goes on', async () => {
    const second = P4RuntimeClient.connect({ address: fake.address, deviceId: 1 });
    const error = await second.then(() => assert.fail(), failed);
    assert.equal(error.code, Code.INVALID_ARGUMENT);
    assert.match(error.message, /already used by another live controller/);
    await client.write(groups(1));
  });

  it('a digest flood is cut off at the switch, in order, and writes go on', async () => {
    const listIds: bigint[] = [];
    client.on('digest', ({ listId }) => listIds.push(listId));
    let sent = 0;
    const data = [{ bitstring: new Uint8Array(1024) }];
    for (let i = 1; i <= 20_000; i++) sent += fake.device.events.digest({ digestId: 1, listId: i, data });
    assert.ok(sent < 20_000, 'a queue without an end would eat the memory');
    await client.write(groups(1));
    while (listIds.length < sent) await once(client, 'digest');
    assert.deepEqual(
      listIds,
      Array.from({ length: sent }, (_, i) => BigInt(i + 1)),
    );
  });

  it('a digest flood is told to the observer of the switch', async () => {
    let dropped = 0;
    const flooded = await startFakeSwitch({
      pipeline: { p4info },
      observer: {
        stream({ direction }) {
          if (direction === 'dropped') dropped++;
        },
      },
    });
    const slow = await P4RuntimeClient.connect({ address: flooded.address, deviceId: 1 });
    let sent = 0;
    for (let i = 0; i < 10_000; i++) sent += flooded.device.events.digest({ digestId: 1, listId: i });
    assert.equal(sent + dropped, 10_000);
    slow.close();
    await flooded.stop();
  });

  for (const [direction, jump] of [
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ] as const) {
    it(`a clock that jumps a day ${direction} fails no call`, async () => {
      const jumping = await P4RuntimeClient.connect({
        address: fake.address,
        deviceId: 1,
        electionId: 2,
        heartbeat: { intervalMs: 10, timeoutMs: 2000 },
      });
      fake.device.beforeWrite = async () => {
        Date.now = () => realNow() + jump;
      };
      await jumping.write(groups(1));
      fake.device.beforeWrite = undefined;
      assert.equal(await jumping.apiVersion(), '1.5.0');
      assert.equal((await jumping.readAll([multicastGroup({ id: 0 })])).length, 1);
      assert.equal(jumping.isPrimary, true);
      jumping.close();
    });
  }
});
