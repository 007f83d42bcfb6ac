import assert from 'node:assert/strict';
import { backoffMs, Code, P4RuntimeClient, P4RuntimeError, sessions } from '../index.js';
import { startFakeSwitch } from '../testing/index.js';

describe('backoff', () => {
  it('doubles up to a bound, and is anything below', () => {
    const bounds = [1, 2, 3, 4, 20, 1000].map((failures) =>
      backoffMs(failures, 1, { initialMs: 100, maximumMs: 1000 }),
    );
    assert.deepEqual(bounds, [100, 200, 400, 800, 1000, 1000]);
    assert.equal(backoffMs(5, 0), 0);
    assert.equal(backoffMs(2, 0.5), 100);
  });
});

describe('sessions', () => {
  it('come one after the other, also while the switch is away', async () => {
    let fake = await startFakeSwitch();
    const { address } = fake;
    const failures: string[] = [];
    const sleep = async () => {
      if (failures.length === 2) fake = await startFakeSwitch({ listen: address });
    };
    const stop = new AbortController();
    let count = 0;
    const behaviour = {
      signal: stop.signal,
      sleep,
      random: () => 1,
      onFailure: (error: P4RuntimeError, wait: number) => failures.push(`${error.codeName} ${wait}`),
    };
    for await (const client of sessions({ address, deviceId: 1 }, behaviour)) {
      assert.equal(client.isPrimary, true);
      count++;
      if (count === 1) await fake.stop();
      else stop.abort();
      await client.ended;
    }
    assert.equal(count, 2);
    assert.deepEqual(failures, ['UNAVAILABLE 100', 'UNAVAILABLE 200']);
    await fake.stop();
  });

  it('end where trying again does not help', async () => {
    const fake = await startFakeSwitch();
    const holder = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, electionId: 5 });
    const next = sessions({ address: fake.address, deviceId: 1, electionId: 5 }).next();
    await assert.rejects(
      next,
      (error) => error instanceof P4RuntimeError && error.code === Code.INVALID_ARGUMENT,
    );
    holder.close();
    await fake.stop();
  });

  it('close the client of a loop that was left', async () => {
    const fake = await startFakeSwitch();
    let left: P4RuntimeClient | undefined;
    for await (const client of sessions({ address: fake.address, deviceId: 1 })) {
      left = client;
      break;
    }
    assert.equal(left?.state.kind, 'ended');
    await fake.stop();
  });
});
