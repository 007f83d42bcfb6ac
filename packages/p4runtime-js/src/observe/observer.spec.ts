import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  insert,
  multicastGroup,
  type Observer,
  P4RuntimeClient,
  P4RuntimeError,
  remove,
  sessions,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';
import { startFakeSwitch } from '../testing/index.js';

/** Events as text, so that a whole run can be compared. */
function recorder() {
  const events: string[] = [];
  const observer: Observer = {
    call({ method, code, durationMs }) {
      assert.ok(durationMs >= 0);
      events.push(`call ${method} ${code}`);
    },
    updates: ({ type, kind, code, count }) => void events.push(`${count} ${type} ${kind} ${code}`),
    stream: ({ direction, kind }) => void events.push(`${direction} ${kind}`),
    session: (event) => void events.push(event.event),
  };
  return { events, observer };
}
const group = (id: number) => multicastGroup({ id });

describe('an observer', () => {
  const pipeline = { p4info: exampleP4Info() };

  it('is told of calls, updates, stream messages and the session, on both sides', async () => {
    const client = recorder();
    const server = recorder();
    const fake = await startFakeSwitch({ pipeline, observer: server.observer });
    const session = await P4RuntimeClient.connect({
      address: fake.address,
      deviceId: 1,
      observer: client.observer,
    });
    await assert.rejects(
      session.write([insert(group(1)), insert(group(2)), remove(group(9))]),
      P4RuntimeError,
    );
    await session.readAll([group(0)]);
    await session.getPipeline();
    const packet = once(session, 'packetIn');
    fake.device.events.packetIn({ payload: Uint8Array.of(1) });
    await packet;
    session.close();
    await fake.stop();
    const shared = [
      '2 INSERT packetReplicationEngineEntry 0',
      '1 DELETE packetReplicationEngineEntry 5',
      'call Read 0',
      'call GetForwardingPipelineConfig 0',
    ];
    assert.deepEqual(client.events, [
      'sent arbitration',
      'received arbitration',
      'connected',
      'call Write 2',
      ...shared,
      'received packet',
      'ended',
    ]);
    assert.deepEqual(server.events, [
      'received arbitration',
      'sent arbitration',
      ...shared.slice(0, 2),
      'call Write 2',
      ...shared.slice(2),
      'sent packet',
    ]);
  });

  it('is told what nobody was there to get', async () => {
    const { events, observer } = recorder();
    const fake = await startFakeSwitch({ pipeline, observer });
    assert.equal(fake.device.events.digest({ digestId: 1 }), 0);
    assert.deepEqual(events, ['dropped digest']);
    await fake.stop();
  });

  it('is told of attempts to connect again', async () => {
    const { events, observer } = recorder();
    const fake = await startFakeSwitch();
    await fake.stop();
    const stop = new AbortController();
    const sleep = async () => stop.abort();
    const loop = sessions(
      { address: fake.address, deviceId: 1, observer, deadlineMs: 5000 },
      { signal: stop.signal, sleep },
    );
    assert.equal((await loop.next()).done, true);
    assert.deepEqual(events, ['sent arbitration', 'retry']);
  });

  it('that throws disturbs nobody', async () => {
    const warned = once(process, 'warning');
    const fake = await startFakeSwitch({ pipeline });
    const observer: Observer = {
      call() {
        throw new Error('full');
      },
    };
    const client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, observer });
    await client.write([insert(group(1))]);
    assert.match(String((await warned)[0]), /an observer of p4runtime-js threw: Error: full/);
    assert.equal(client.isPrimary, true);
    client.close();
    await fake.stop();
  });
});
