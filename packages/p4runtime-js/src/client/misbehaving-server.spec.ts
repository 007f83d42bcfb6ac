import assert from 'node:assert/strict';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { methods } from '../grpc/methods.js';
import { encodeStatusDetails, STATUS_DETAILS_KEY } from '../grpc/status-details.js';
import {
  Code,
  insert,
  multicastGroup,
  P4RuntimeClient,
  P4RuntimeError,
  type StreamMessageRequest,
  StreamMessageResponse,
} from '../index.js';
import { fails } from './fails.helper.spec.js';

describe('a server that misbehaves', () => {
  /** Answers arbitration, and every Write with what a test gives. */
  const misbehave = async (
    status: { code: number; details: string; metadata: Metadata },
    arbitration: (asked: bigint) => readonly { code: number; highest: bigint }[] = () => [
      { code: Code.OK, highest: 1n },
    ],
  ) => {
    const server = new Server();
    server.addService(
      { write: methods.write, streamChannel: methods.streamChannel },
      {
        write: (_call: unknown, done: (error: object) => void) => done(status),
        streamChannel: (call: ServerDuplexStream<StreamMessageRequest, StreamMessageResponse>) => {
          call.on('data', (request: StreamMessageRequest) => {
            for (const { code, highest } of arbitration(request.arbitration?.electionId?.low ?? 0n)) {
              const electionId = { low: highest };
              call.write(
                StreamMessageResponse.from({ arbitration: { deviceId: 1n, electionId, status: { code } } }),
              );
            }
          });
          call.on('error', () => {});
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    // It does not have Capabilities either: the heartbeat takes that for an answer.
    const heartbeat = { intervalMs: 50, timeoutMs: 200 };
    const client = await P4RuntimeClient.connect({ address: `127.0.0.1:${port}`, deviceId: 1, heartbeat });
    return { server, client };
  };
  const details = (bytes: Buffer) => {
    const metadata = new Metadata();
    metadata.set(STATUS_DETAILS_KEY, bytes);
    return metadata;
  };
  const three = Array.from({ length: 3 }, (_, i) => insert(multicastGroup({ id: i + 1 })));

  it('without Capabilities is one of version 1.0', async () => {
    const { server, client } = await misbehave({ code: 2, details: '', metadata: new Metadata() });
    assert.equal(await client.apiVersion(), '1.0.0');
    client.close();
    server.forceShutdown();
  });

  it('with a word on its way already, does not answer a new election id with that', async () => {
    const words = (asked: bigint) =>
      asked === 1n
        ? [{ code: Code.ALREADY_EXISTS, highest: 4n }]
        : [
            { code: Code.NOT_FOUND, highest: 4n }, // the primary left before the server saw the new id
            { code: Code.OK, highest: asked },
          ];
    const { server, client } = await misbehave({ code: 2, details: '', metadata: new Metadata() }, words);
    const seen: string[] = [];
    client.on('arbitration', ({ kind }) => seen.push(kind));
    assert.deepEqual(await client.arbitrate(5), { kind: 'primary' });
    assert.deepEqual(seen, ['primary']);
    client.close();
    server.forceShutdown();
  });

  it('with trailers of more than 64 KiB ends the Write and the session, and hangs neither', async () => {
    const items = Array.from({ length: 1000 }, () => ({ canonicalCode: 6, message: 'x'.repeat(100) }));
    const { server, client } = await misbehave({
      code: 2,
      details: '',
      metadata: details(encodeStatusDetails(2, '', items)),
    });
    const result = await client.write(three).then(
      () => assert.fail('it was written'),
      (error: unknown) => error,
    );
    assert.ok(result instanceof P4RuntimeError);
    // Whether grpc-js gets the trailers or drops the connection, the next call answers as well.
    await assert.rejects(client.write(three), P4RuntimeError);
    client.close();
    server.forceShutdown();
  });

  const answers: [string, { code: number; details: string; metadata: Metadata }, number, RegExp][] = [
    [
      'no details',
      { code: 2, details: 'Write failure.', metadata: new Metadata() },
      Code.UNKNOWN,
      /Write to .*: Write failure\.$/,
    ],
    [
      'neither details nor text',
      { code: 13, details: '', metadata: new Metadata() },
      Code.INTERNAL,
      /the server gave no reason/,
    ],
    [
      'details that are rubbish',
      { code: 2, details: 'oh', metadata: details(Buffer.from([255, 255])) },
      Code.UNKNOWN,
      /Write to .*: oh$/,
    ],
    [
      'details that say all is well',
      { code: 2, details: 'odd', metadata: details(encodeStatusDetails(2, '', [{}, {}, {}])) },
      Code.UNKNOWN,
      /odd$/,
    ],
    [
      'an OK in front of the failure',
      {
        code: 2,
        details: '',
        metadata: details(encodeStatusDetails(2, '', [{}, { canonicalCode: 6, message: 'there' }, {}])),
      },
      Code.ALREADY_EXISTS,
      /1 of 3 failed: INSERT multicast group 2 -> ports none: ALREADY_EXISTS, there$/,
    ],
    [
      'fewer details than updates',
      {
        code: 2,
        details: '',
        metadata: details(encodeStatusDetails(2, '', [{ canonicalCode: 5, message: 'gone' }])),
      },
      Code.NOT_FOUND,
      /1 of 3 failed: \(the server does not say which\): NOT_FOUND, gone$/,
    ],
    [
      'a code that gRPC does not know',
      {
        code: 2,
        details: '',
        metadata: details(
          encodeStatusDetails(2, '', [{}, {}, { canonicalCode: 77, space: 'acme', code: 5 }]),
        ),
      },
      Code.UNKNOWN,
      /INSERT multicast group 3 .*: UNKNOWN$/,
    ],
  ];
  for (const [name, status, code, pattern] of answers) {
    it(`with ${name} gives a clear error all the same`, async () => {
      const { server, client } = await misbehave(status);
      await assert.rejects(client.write(three), fails(code, pattern));
      client.close();
      server.forceShutdown();
    });
  }
});
