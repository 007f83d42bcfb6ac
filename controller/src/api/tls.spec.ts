import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Operations } from '../operations/index.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { ControllerApi } from './server.js';

const log = pino({ level: 'silent' });
const TOKEN = 'a-token-of-the-tests-0123456789';

describe('the HTTP API over TLS', () => {
  let folder: string;
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
  const selfSigned = (name: string) =>
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
        ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
        ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { cwd: folder, stdio: 'pipe' },
    );
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bluebridge-api-tls-'));
    for (const name of ['server', 'operator', 'stranger']) selfSigned(name);
  });
  after(() => rmSync(folder, { recursive: true }));

  const start = (options: { token?: string; clientCa?: string }) =>
    ControllerApi.start('127.0.0.1:0', {
      operations: { clients: () => [] } as unknown as Operations,
      ...{ fabric, log, token: options.token },
      tls: { cert: pem('server.pem'), key: pem('server.key'), clientCa: options.clientCa },
    });
  const ask = (api: ControllerApi, options: object) =>
    new Promise<number | string>((resolve) => {
      const asked = request(`${api.url}/v1/clients`, { agent: false, ...options }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode!));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      asked.end();
    });

  it('serves whom it gave a token, and nobody takes another server for it', async () => {
    const api = await start({ token: TOKEN });
    assert.match(api.url, /^https:/);
    const headers = { authorization: `Bearer ${TOKEN}` };
    assert.equal(await ask(api, { headers, ca: pem('server.pem') }), 200);
    assert.equal(await ask(api, { ca: pem('server.pem') }), 401);
    assert.equal(await ask(api, { headers, ca: pem('stranger.pem') }), 'DEPTH_ZERO_SELF_SIGNED_CERT');
    await api.close();
  });

  it('serves whose certificate its CA has signed, without a token', async () => {
    const api = await start({ clientCa: pem('operator.pem') });
    const ca = pem('server.pem');
    const withCertificate = (name: string) => ({ ca, cert: pem(`${name}.pem`), key: pem(`${name}.key`) });
    assert.equal(await ask(api, withCertificate('operator')), 200);
    for (const refused of [await ask(api, withCertificate('stranger')), await ask(api, { ca })]) {
      assert.equal(typeof refused, 'string', `${refused}`);
    }
    await api.close();
  });
});
