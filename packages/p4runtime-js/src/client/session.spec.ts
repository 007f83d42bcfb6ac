import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArbitrationState,
  type ClientOptions,
  Code,
  insert,
  multicastGroup,
  P4RuntimeClient,
  P4RuntimeError,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';
import { type FakeSwitch, type FakeSwitchOptions, startFakeSwitch } from '../testing/index.js';

const fails = (code: number, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof P4RuntimeError, String(error));
  assert.match(error.message, pattern);
  assert.equal(error.codeName, new P4RuntimeError('', code as 0).codeName);
  return true;
};
const group = (id: number) => insert(multicastGroup({ id, replicas: [{ port: 1 }] }));

describe('a session', () => {
  let fake: FakeSwitch;
  const clients: P4RuntimeClient[] = [];
  const connect = async (options: Partial<ClientOptions> = {}) => {
    const client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, ...options });
    clients.push(client);
    return client;
  };
  const start = async (options: FakeSwitchOptions = { pipeline: { p4info: exampleP4Info() } }) => {
    fake = await startFakeSwitch(options);
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await fake.stop();
  });

  it('begins as primary, writes, and ends when it is closed', async () => {
    await start();
    const client = await connect();
    assert.equal(client.isPrimary, true);
    await client.write([group(1)]);
    assert.equal(fake.device.store.all().length, 1);
    client.close();
    assert.equal(await client.ended, undefined);
    await assert.rejects(
      client.write([group(2)]),
      fails(Code.UNAVAILABLE, /the session with .* is over: it was closed/),
    );
    await assert.rejects(client.sendPacketOut({}), fails(Code.UNAVAILABLE, /StreamChannel to .* has ended/));
  });

  it('works over a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'p4runtime-js-'));
    await start({ listen: `unix:${join(directory, 'switch.sock')}` });
    assert.equal((await connect()).isPrimary, true);
    rmSync(directory, { recursive: true });
  });

  it('says which API the server has', async () => {
    await start({ apiVersion: '1.4.1' });
    assert.equal(await (await connect()).apiVersion(), '1.4.1');
  });

  it('of two controllers has one primary, and the other takes over with a higher id', async () => {
    await start();
    const first = await connect({ electionId: 10 });
    const second = await connect({ electionId: 9 });
    assert.deepEqual(second.state, { kind: 'backup', hasPrimary: true, highest: 10n });
    await assert.rejects(
      second.write([group(1)]),
      fails(Code.PERMISSION_DENIED, /the request has election id 9, the primary has 10/),
    );
    const demoted = once(first, 'arbitration');
    assert.deepEqual(await second.arbitrate(11), { kind: 'primary' });
    assert.deepEqual((await demoted)[0], { kind: 'backup', hasPrimary: true, highest: 11n });
    await second.write([group(1)]);
    await assert.rejects(
      first.write([group(2)]),
      fails(Code.PERMISSION_DENIED, /election id 10, the primary has 11/),
    );
  });

  it('learns that the primary has gone, and what id it needs', async () => {
    await start();
    const first = await connect({ electionId: 10 });
    const second = await connect({ electionId: 9 });
    const told = once(second, 'arbitration');
    first.close();
    assert.deepEqual((await told)[0], { kind: 'backup', hasPrimary: false, highest: 10n });
    assert.deepEqual(await second.arbitrate(9), { kind: 'backup', hasPrimary: false, highest: 10n });
    assert.deepEqual(await second.arbitrate(10), { kind: 'primary' });
  });

  it('without an election id never becomes primary', async () => {
    await start();
    const client = await connect({ electionId: null });
    assert.deepEqual(client.state, { kind: 'backup', hasPrimary: false, highest: undefined });
    await assert.rejects(client.write([group(1)]), fails(Code.PERMISSION_DENIED, /election id unset/));
  });

  it('in a role of its own has a primary of its own', async () => {
    await start();
    const all = await connect({ electionId: 10 });
    const acl = await connect({ electionId: 1, role: 'acl' });
    assert.equal(acl.isPrimary, true);
    await Promise.all([all.write([group(1)]), acl.write([group(2)])]);
    assert.equal(all.isPrimary, true);
  });

  it('waits for the Writes of the primary before it', async () => {
    await start();
    const first = await connect({ electionId: 1 });
    const second = await connect({ electionId: 0 });
    let finish: () => void = () => {};
    const reached = new Promise<void>((resolve) => {
      fake.device.beforeWrite = () =>
        new Promise((done) => {
          finish = done;
          resolve();
        });
    });
    const writing = first.write([group(1)]);
    await reached;
    const order: string[] = [];
    const demoted = once(first, 'arbitration').then(() => order.push('demoted'));
    const promoted = second.arbitrate(2).then(() => order.push('promoted'));
    await demoted;
    fake.device.beforeWrite = undefined;
    finish();
    await writing.then(() => order.push('written'));
    await promoted;
    assert.equal(order[0], 'demoted');
    assert.equal(order.includes('promoted'), true);
  });

  const refused: [string, Partial<ClientOptions>, number, RegExp][] = [
    [
      'an unknown device',
      { deviceId: 9 },
      Code.NOT_FOUND,
      /StreamChannel to .*: this server has no device 9; it has 1/,
    ],
    [
      'an election id in use',
      { electionId: 10 },
      Code.INVALID_ARGUMENT,
      /election id 10 is already used by another live controller/,
    ],
  ];
  for (const [name, options, code, pattern] of refused) {
    it(`does not begin with ${name}`, async () => {
      await start();
      await connect({ electionId: 10 });
      await assert.rejects(connect(options), fails(code, pattern));
    });
  }

  it('ends when another arbitration is refused', async () => {
    await start();
    await connect({ electionId: 10 });
    const second = await connect({ electionId: 9 });
    await assert.rejects(second.arbitrate(10), fails(Code.INVALID_ARGUMENT, /already used/));
    assert.equal(second.state.kind, 'ended');
  });

  it('ends with a reason when the server stops', async () => {
    await start();
    const client = await connect();
    const disconnected = once(client, 'disconnected') as Promise<[P4RuntimeError]>;
    await fake.stop();
    assert.match((await disconnected)[0].message, /UNAVAILABLE: StreamChannel to .*: the server stops/);
    assert.equal(client.state.kind, 'ended');
  });

  it('ends with a reason when the server crashes, and so does a Write that is under way', async () => {
    await start();
    const client = await connect();
    const reached = new Promise<void>((resolve) => {
      fake.device.beforeWrite = () => new Promise<void>(() => resolve());
    });
    const writing = assert.rejects(
      client.write([group(1), group(2)]),
      fails(Code.UNAVAILABLE, /Write to .*|the session with .* is over/),
    );
    await reached;
    const disconnected = once(client, 'disconnected') as Promise<[P4RuntimeError]>;
    fake.kill();
    assert.equal((await disconnected)[0].code, Code.UNAVAILABLE);
    await writing;
    fake.device.beforeWrite = undefined;
    fake = await startFakeSwitch();
  });

  it('gives up a call that is not answered', async () => {
    await start();
    const client = await connect({ deadlineMs: 200, longDeadlineMs: 200 });
    const forever = () => new Promise<void>(() => {});
    fake.device.beforeRead = forever;
    await assert.rejects(
      client.readAll([multicastGroup({ id: 0 })]),
      fails(Code.DEADLINE_EXCEEDED, /did not answer within 200 ms/),
    );
    fake.kill();
    fake = await startFakeSwitch();
  });

  it('tells its standing as it changes', async () => {
    await start();
    const first = await connect({ electionId: 1 });
    const states: ArbitrationState[] = [];
    first.on('arbitration', (state) => states.push(state));
    await first.arbitrate(null);
    await first.arbitrate(2);
    first.close();
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ['backup', 'primary', 'ended'],
    );
  });
});

describe('a switch that is not there', () => {
  it('is UNAVAILABLE', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await assert.rejects(
      P4RuntimeClient.connect({ address: `127.0.0.1:${port}`, deviceId: 1 }),
      fails(Code.UNAVAILABLE, /StreamChannel to 127.0.0.1:.*ECONNREFUSED/),
    );
  });

  it('is told from one that says nothing', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => {}).resume()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(
      P4RuntimeClient.connect({ address: `127.0.0.1:${port}`, deviceId: 1, deadlineMs: 200 }),
      fails(Code.DEADLINE_EXCEEDED, /127.0.0.1:\d+ did not answer within 200 ms/),
    );
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('is told from one that speaks another protocol', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(
      P4RuntimeClient.connect({ address: `127.0.0.1:${port}`, deviceId: 1, deadlineMs: 2000 }),
      fails(Code.UNAVAILABLE, /StreamChannel to 127.0.0.1/),
    );
    server.close();
  });
});
