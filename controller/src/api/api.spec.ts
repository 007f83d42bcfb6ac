import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { Intent } from '../intent/intent.js';
import { ControllerOperations } from '../operations/controller-operations.js';
import { TableMirror } from '../plan/mirror.js';
import { PuntHandler } from '../punt/handler.js';
import { Engine } from '../run/engine.js';
import { Journal } from '../run/journal.js';
import { Switches } from '../run/switches.js';
import { MemoryStore } from '../store/memory-store.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { MemoryLink } from '../testing/memory-link.js';
import { type ApiOptions, buildApi } from './build.js';
import { isLoopback, parseListen } from './listen.js';
import { isSameToken, readOrMakeToken, readToken } from './secrets.js';
import { ControllerApi } from './server.js';

const TOKEN = 'a-token-of-the-tests-0123456789';
const log = pino({ level: 'silent' });
const DAVE = { name: 'dave', node: 4, mac: '02:bb:00:00:00:04', port: 6 };
const M3 = { name: 'm3', node: 0x103, mac: '02:bb:00:00:01:03', port: 7, capacity: 65536 };

function aController() {
  const intent = new Intent(fabric);
  const switches = new Switches(() => {});
  const link = new MemoryLink();
  const journal = new Journal(new MemoryStore(), intent, () => {});
  const handler = new PuntHandler(intent);
  const engine = new Engine({ intent, handler, journal, switches, observe: () => {}, mayWrite: () => true });
  const attach = () =>
    switches.add({
      name: 's1',
      link,
      mirror: new TableMirror(),
      missing: new Set<string>(),
      flood: async () => {},
      onBroken: () => {},
    });
  attach();
  const operations = new ControllerOperations({
    leading: () => ({ intent, engine, switches }),
    fabric,
    electionId: () => 7n,
    store: () => ({ name: 'memory', pending: journal.size }),
    observers: new Set(),
  });
  const allocate = () =>
    engine.change(() => [
      intent.allocations.allocated(0x101, { start: 0n, end: 0x4000n }, 1, {
        incarnation: 1n,
        generation: 1n,
      }),
    ]);
  return { operations, allocate, link, switches };
}

describe('the HTTP API', () => {
  let api: FastifyInstance;
  let world: ReturnType<typeof aController>;

  const start = async (options: Partial<ApiOptions> = {}) => {
    api = await buildApi({ operations: world.operations, fabric, log, token: TOKEN, ...options });
  };
  beforeEach(async () => {
    world = aController();
    await start();
  });
  afterEach(() => api.close());

  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object | string) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      ...(payload !== undefined && { 'content-type': 'application/json' }),
    };
    const { statusCode, body } = await api.inject({ method, url, payload, headers });
    return [statusCode, JSON.parse(body)] as const;
  };

  it('adds and removes servers and clients', async () => {
    const [status, { pending }] = await ask('POST', '/v1/servers', M3);
    assert.deepEqual([status, pending], [200, []]);
    assert.deepEqual((await ask('POST', '/v1/clients', DAVE))[0], 200);
    const [, servers] = await ask('GET', '/v1/servers');
    const m3 = { ...M3, switch: 's1', draining: false, used: 0, origin: 'operation' };
    assert.deepEqual(servers.at(-1), m3);
    const [, clients] = await ask('GET', '/v1/clients');
    assert.deepEqual(clients.at(-1), { ...DAVE, switch: 's1', domain: 4, origin: 'operation' });
    assert.equal((await ask('DELETE', '/v1/servers/m3'))[0], 200);
    assert.equal((await ask('DELETE', '/v1/clients/dave'))[0], 200);
    assert.deepEqual(await ask('DELETE', '/v1/clients/dave'), [
      404,
      { code: 'NOT_FOUND', message: 'there is no client "dave"; there are: alice, bob, carol' },
    ]);
  });

  it('says what is taken, and what is in use', async () => {
    await world.allocate();
    assert.deepEqual(await ask('POST', '/v1/servers', { ...M3, name: 'm1' }), [
      409,
      { code: 'CONFLICT', message: 'the name "m1" is taken' },
    ]);
    const [status, failure] = await ask('DELETE', '/v1/servers/m1');
    assert.deepEqual([status, failure.code], [409, 'IN_USE']);
    assert.equal((await ask('DELETE', '/v1/servers/m1?force=true'))[0], 200);
  });

  it('grants and revokes, in the addresses that clients use', async () => {
    await world.allocate();
    const range = { address: 'fdbb:101::1000', length: 0x2000, client: 'bob' };
    assert.equal((await ask('POST', '/v1/grants', { ...range, rights: 'read-write' }))[0], 200);
    const shares = [{ domain: 2, address: 'fdbb:101::1000', length: 0x2000, rights: 'read-write' }];
    const whole = { address: 'fdbb:101::', length: 0x4000, server: 'm1', owner: 1, shares };
    assert.deepEqual(await ask('GET', '/v1/allocations?client=bob'), [
      200,
      { allocations: [whole], more: false },
    ]);
    assert.equal((await ask('POST', '/v1/revocations', range))[0], 200);
    assert.deepEqual(await ask('GET', '/v1/allocations?server=m1'), [
      200,
      { allocations: [{ ...whole, shares: [] }], more: false },
    ]);
    const [status, { message }] = await ask('POST', '/v1/grants', {
      ...range,
      address: 'fd00::',
      rights: 'read',
    });
    assert.deepEqual([status, message], [400, 'fd00:: is no address of memory here, such as fdbb:101::']);
  });

  it('drains, and tells how it is', async () => {
    await world.allocate();
    assert.equal((await ask('PUT', '/v1/servers/m1/draining', { draining: true }))[0], 200);
    const [, servers] = await ask('GET', '/v1/servers');
    assert.equal(servers[0].draining, true);
    const [, status] = await ask('GET', '/v1/status');
    assert.deepEqual([status.electionId, status.allocated, status.leading], ['0x7', 0x4000, true]);
  });

  it('dumps what a switch should hold and what it holds, wide numbers as text', async () => {
    await world.allocate();
    const [, planned] = await ask('GET', '/v1/switches/s1/planned');
    const entry = planned.find((e: { table: string }) => e.table.endsWith('permission'));
    assert.deepEqual(Object.values(entry.match), ['0x1', '0x101', '0x0/50']);
    const [, actual] = await ask('GET', '/v1/switches/s1/actual');
    assert.deepEqual(actual, [entry]);
    world.switches.remove('s1');
    assert.equal((await ask('GET', '/v1/switches/s1/actual'))[0], 503);
  });

  describe('refuses', () => {
    const refused = async (expected: RegExp, body: object | string) => {
      const before = JSON.stringify(world.operations.clients());
      const [status, { code, message }] = await ask('POST', '/v1/clients', body);
      assert.deepEqual([status, code], [400, 'INVALID'], message);
      assert.match(message, expected);
      assert.equal(JSON.stringify(world.operations.clients()), before);
    };

    it('unknown fields', () => refused(/additional properties: colour/, { ...DAVE, colour: 'red' }));
    it('what is missing', () =>
      refused(/body must have required property 'mac'/, { ...DAVE, mac: undefined }));
    it('numbers that are text', () => refused(/body\.node must be integer/, { ...DAVE, node: '4' }));
    it('numbers that are too large', () => refused(/body\.port must be <= 510/, { ...DAVE, port: 511 }));
    it('what is no JSON', () => refused(/JSON/, '{"name":'));
    it('what would poison a prototype', () =>
      refused(/not valid JSON/, `{"__proto__":{"node":4},"name":"x"}`));

    it('bodies over its limit', async () => {
      const [status, { code }] = await ask('POST', '/v1/clients', { ...DAVE, name: 'x'.repeat(20_000) });
      assert.deepEqual([status, code], [413, 'TOO_LARGE']);
    });

    it('unknown fields of queries', async () => {
      assert.equal((await ask('GET', '/v1/allocations?colour=red'))[0], 400);
    });

    it('paths that are none', async () => {
      assert.deepEqual((await ask('GET', '/v2/status'))[1].code, 'NO_SUCH_PATH');
    });

    it('everybody without the token, but tells that it is alive', async () => {
      for (const authorization of [undefined, 'Bearer wrong', `Basic ${TOKEN}`, TOKEN]) {
        for (const url of ['/v1/status', '/metrics', '/v1/openapi.json', '/none']) {
          const headers = authorization === undefined ? {} : { authorization };
          const { statusCode, headers: answered } = await api.inject({ url, headers });
          assert.deepEqual([statusCode, answered['www-authenticate']], [401, 'Bearer'], url);
        }
      }
      assert.equal((await api.inject('/healthz')).statusCode, 200);
    });

    it('whatever it is sent, without a fault of its own, and nothing changes', async () => {
      const paths = fc.constantFrom('/v1/servers', '/v1/clients', '/v1/grants', '/v1/revocations');
      const mutated = fc.tuple(fc.constantFrom(M3, DAVE), fc.object({ maxDepth: 2 })).map(([a, b]) => ({
        ...a,
        ...b,
        port: -1,
      }));
      const bodies = fc.oneof(
        fc.json(),
        fc.string(),
        mutated.map((m) => JSON.stringify(m)),
      );
      const before = JSON.stringify([world.operations.clients(), [...world.link.table.keys()]]);
      await fc.assert(
        fc.asyncProperty(paths, bodies, async (path, body) => {
          const [status, { code }] = await ask('POST', path, body);
          assert.ok(status >= 400 && status < 500 && code !== 'INTERNAL', `${status} ${code}`);
        }),
        { numRuns: 300 },
      );
      assert.equal(JSON.stringify([world.operations.clients(), [...world.link.table.keys()]]), before);
    });
  });

  it('is ready when it leads, its store is well and every switch is attached', async () => {
    assert.equal((await api.inject('/readyz')).statusCode, 200);
    world.switches.remove('s1');
    assert.equal((await api.inject('/readyz')).statusCode, 503);
  });

  it('gives metrics where there are some', async () => {
    await api.close();
    const metrics = { contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' };
    await start({ metrics });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { body, headers: answered } = await api.inject({ url: '/metrics', headers });
    assert.deepEqual([body, answered['content-type']], ['up 1\n', 'text/plain; version=0.0.4']);
  });

  it('is what the document says that is shipped (npm run openapi -w controller writes it)', async () => {
    const shipped = readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8');
    const [, document] = await ask('GET', '/v1/openapi.json');
    assert.deepEqual(JSON.parse(shipped), document);
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path as Record<string, { operationId: string }>).map((o) => o.operationId),
    );
    assert.equal(new Set(operations).size, 14);
  });

  it('never writes its token to a log', async () => {
    const lines: string[] = [];
    await api.close();
    await start({ log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) });
    await ask('POST', '/v1/clients', DAVE);
    await ask('POST', '/v1/clients', '{');
    await api.inject({ url: '/v1/status', headers: { authorization: `Bearer ${TOKEN}x` } });
    assert.ok(!lines.join('').includes(TOKEN), lines.join(''));
  });
});

describe('where the API listens', () => {
  const listen = (at: string, options: Partial<ApiOptions>) =>
    ControllerApi.start(at, { operations: aController().operations, fabric, log, ...options });

  it('is loopback without TLS, and nowhere without a secret', async () => {
    const api = await listen('127.0.0.1:0', { token: TOKEN });
    const answer = await fetch(`${api.url}/v1/status`, { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.equal(answer.status, 200);
    await assert.rejects(listen(api.url.slice('http://'.length), { token: TOKEN }), { code: 'API_LISTEN' });
    await api.close();
    await assert.rejects(listen('0.0.0.0:0', { token: TOKEN }), { code: 'API_NEEDS_TLS' });
    await assert.rejects(listen('[::]:0', { token: TOKEN }), { code: 'API_NEEDS_TLS' });
    await assert.rejects(listen('127.0.0.1:0', {}), { code: 'API_NEEDS_AUTHENTICATION' });
    await assert.rejects(listen('9560', { token: TOKEN }), { code: 'API_BAD_ADDRESS' });
  });

  it('knows loopback', () => {
    const hosts = ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '10.0.0.1', '::', '0.0.0.0', 'example.com'];
    assert.deepEqual(hosts.map(isLoopback), [true, true, true, true, false, false, false, false]);
    assert.deepEqual(parseListen('[::1]:80'), { host: '::1', port: 80 });
    for (const bad of ['', 'x', '[127.0.0.1]:1', '1.2.3.4:99999', '::1:80']) {
      assert.throws(() => parseListen(bad), { code: 'API_BAD_ADDRESS' });
    }
  });
});

describe('the token file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bluebridge-api-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made for its owner alone, and kept', () => {
    const path = join(folder, 'config', 'token');
    const token = readOrMakeToken(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'config')).mode & 0o777, 0o700);
    assert.equal(readOrMakeToken(path), token);
    assert.ok(isSameToken(token, readToken(path)));
  });

  it('is not taken if others may read it, or if it holds none', () => {
    const path = join(folder, 'token');
    writeFileSync(path, TOKEN, { mode: 0o600 });
    chmodSync(path, 0o644);
    assert.throws(() => readToken(path), { code: 'API_KEY_EXPOSED', message: /mode 0644.*chmod 600/ });
    chmodSync(path, 0o600);
    assert.equal(readToken(path), TOKEN);
    writeFileSync(path, 'short');
    assert.throws(() => readToken(path), { code: 'API_BAD_TOKEN' });
  });
});
