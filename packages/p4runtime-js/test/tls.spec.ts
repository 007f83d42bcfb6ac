import assert from 'node:assert/strict';
import {
  Code,
  isLoopback,
  type ListenOptions,
  P4RuntimeClient,
  P4RuntimeError,
  P4RuntimeServer,
  type TlsOptions,
} from '../src/index.js';
import { FakeDevice, type FakeSwitch, startFakeSwitch } from '../src/testing/index.js';
import { Authority, type KeyPair } from './support/certificates.js';

describe('TLS', () => {
  let authority: Authority;
  let stranger: Authority;
  let server: KeyPair;
  let controller: KeyPair;
  let expired: KeyPair;
  before(() => {
    authority = new Authority();
    stranger = new Authority();
    server = authority.issue();
    controller = authority.issue('DNS:controller');
    expired = authority.issue('DNS:localhost,IP:127.0.0.1', -1);
  });
  after(() => {
    authority.remove();
    stranger.remove();
  });
  let fake: FakeSwitch | undefined;
  afterEach(() => {
    fake?.kill();
    fake = undefined;
  });
  const session = async (listen: ListenOptions, tls: TlsOptions | undefined) => {
    fake = await startFakeSwitch(listen);
    const client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, tls });
    const { kind } = client.state;
    client.close();
    return kind;
  };

  const accepted: [string, () => [ListenOptions, TlsOptions]][] = [
    ['a server whose authority is trusted', () => [{ tls: server }, { ca: authority.certificate }]],
    [
      'a certificate of another name that is expected',
      () => [
        { tls: authority.issue('DNS:switch.example') },
        { ca: authority.certificate, serverName: 'switch.example' },
      ],
    ],
    [
      'a controller with a certificate of the right authority',
      () => [
        { tls: { ...server, clientCa: authority.certificate } },
        { ca: authority.certificate, ...controller },
      ],
    ],
  ];
  for (const [name, options] of accepted) {
    it(`accepts ${name}`, async () => assert.equal(await session(...options()), 'primary'));
  }

  const refused: [string, () => [ListenOptions, TlsOptions | undefined], RegExp][] = [
    [
      "a server of a stranger's authority",
      () => [{ tls: server }, { ca: stranger.certificate }],
      /is not signed by an authority that is trusted here: give the authority's certificate as tls.ca/,
    ],
    [
      'a server that the system does not trust',
      () => [{ tls: server }, {}],
      /is not signed by an authority that is trusted here/,
    ],
    [
      'an expired certificate',
      () => [{ tls: expired }, { ca: authority.certificate }],
      /the server's certificate has expired; renew it/,
    ],
    [
      'a certificate of another name',
      () => [{ tls: authority.issue('DNS:elsewhere.example') }, { ca: authority.certificate }],
      /certificate is for another name: connect by a name that it has, or give that as tls.serverName/,
    ],
    [
      'a controller without a certificate where one is asked for',
      () => [{ tls: { ...server, clientCa: authority.certificate } }, { ca: authority.certificate }],
      /ask(s)? for a client certificate/,
    ],
    [
      "a controller with a stranger's certificate",
      () => [
        { tls: { ...server, clientCa: authority.certificate } },
        { ca: authority.certificate, ...stranger.issue('DNS:controller') },
      ],
      /not trust tls.certificate/,
    ],
    [
      'a controller with an expired certificate',
      () => [
        { tls: { ...server, clientCa: authority.certificate } },
        { ca: authority.certificate, ...expired },
      ],
      /tls.certificate has expired/,
    ],
    ['a controller without TLS', () => [{ tls: server }, undefined], /it may demand TLS/],
    [
      'a server without TLS',
      () => [{}, { ca: authority.certificate }],
      /the server does not speak TLS there/,
    ],
  ];
  for (const [name, options, pattern] of refused) {
    it(`refuses ${name}, in words`, async () => {
      await assert.rejects(session(...options()), (error) => {
        assert.ok(error instanceof P4RuntimeError);
        assert.equal(error.code, Code.UNAVAILABLE);
        assert.match(error.message, pattern);
        return true;
      });
    });
  }

  const wrongFiles: [string, () => TlsOptions, RegExp][] = [
    [
      'an authority that is no PEM',
      () => ({ ca: Buffer.from('secret') }),
      /tls.ca holds no certificate: expected PEM/,
    ],
    [
      'a damaged certificate',
      () => ({ ca: Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') }),
      /tls.ca: certificate 1 of 1 cannot be read/,
    ],
    ['a key alone', () => ({ key: controller.key }), /tls.key is given without tls.certificate/],
    [
      'a certificate alone',
      () => ({ certificate: controller.certificate }),
      /tls.certificate is given without tls.key/,
    ],
    [
      'the key of another certificate',
      () => ({ key: server.key, certificate: controller.certificate }),
      /tls.key is not the key of tls.certificate, which is for CN=certificate\d/,
    ],
    [
      'a key that is none',
      () => ({ key: Buffer.from('hush'), certificate: controller.certificate }),
      /tls.key holds no private key/,
    ],
  ];
  for (const [name, tls, pattern] of wrongFiles) {
    it(`is not begun with ${name}`, async () => {
      const options = tls();
      const check = (error: unknown) => {
        assert.ok(error instanceof P4RuntimeError);
        assert.equal(error.code, Code.INVALID_ARGUMENT);
        assert.match(error.message, pattern);
        assert.doesNotMatch(error.message, /hush|secret|PRIVATE/);
        return true;
      };
      await assert.rejects(
        P4RuntimeClient.connect({ address: '127.0.0.1:1', deviceId: 1, tls: options }),
        check,
      );
    });
  }

  it("checks the server's own files before it listens", async () => {
    const listening = new P4RuntimeServer({ devices: [new FakeDevice()] });
    const wrong: [ListenOptions, RegExp][] = [
      [{ tls: { key: server.key, certificate: controller.certificate } }, /tls.key is not the key/],
      [{ tls: { ...server, clientCa: Buffer.from('x') } }, /tls.clientCa holds no certificate/],
    ];
    for (const [options, pattern] of wrong)
      await assert.rejects(listening.listen('127.0.0.1:0', options), pattern);
    listening.kill();
  });
});

describe('listening off the loopback', () => {
  const addresses: [string, boolean][] = [
    ['127.0.0.1:9559', true],
    ['127.8.9.1:0', true],
    ['ipv4:127.0.0.1:0', true],
    ['[::1]:9559', true],
    ['ipv6:[::1]:0', true],
    ['[::ffff:127.0.0.1]:0', true],
    ['localhost:9559', true],
    ['dns:///localhost:9559', true],
    ['unix:/run/switch.sock', true],
    ['unix-abstract:switch', true],
    ['0.0.0.0:9559', false],
    ['[::]:9559', false],
    ['[fd00::1]:9559', false],
    ['10.0.0.1:9559', false],
    ['switch.example:9559', false],
    ['localhost.example:9559', false],
    ['127.0.0.1.example:9559', false],
    [':9559', false],
  ];
  for (const [address, expected] of addresses) {
    it(`${address} is ${expected ? '' : 'not '}of this machine only`, () =>
      assert.equal(isLoopback(address), expected));
  }

  it('is refused without TLS, and says what to do', async () => {
    const server = new P4RuntimeServer({ devices: [new FakeDevice()] });
    await assert.rejects(server.listen('0.0.0.0:0'), (error) => {
      assert.ok(error instanceof P4RuntimeError);
      assert.equal(error.code, Code.FAILED_PRECONDITION);
      assert.match(
        error.message,
        /0.0.0.0:0 can be reached from other machines.*: give tls, listen on 127.0.0.1/,
      );
      return true;
    });
    assert.ok((await server.listen('0.0.0.0:0', { allowInsecure: true })) > 0);
    server.kill();
  });

  it('is fine with TLS', async () => {
    const authority = new Authority();
    const server = new P4RuntimeServer({ devices: [new FakeDevice()] });
    assert.ok((await server.listen('0.0.0.0:0', { tls: authority.issue() })) > 0);
    server.kill();
    authority.remove();
  });
});
