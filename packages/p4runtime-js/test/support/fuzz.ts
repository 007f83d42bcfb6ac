// Mutated messages against a server: it must answer every call, stay alive, and change nothing when it refuses.
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { methods } from '../../src/grpc/methods.js';
import { decodeStatusDetails, STATUS_DETAILS_KEY } from '../../src/grpc/status-details.js';
import {
  actionProfileMember,
  Code,
  counterEntry,
  digestEntry,
  Entity,
  insert,
  multicastGroup,
  P4InfoIndex,
  ReadRequest,
  registerEntry,
  SetForwardingPipelineConfigRequest,
  StreamMessageRequest,
  tableEntry,
  Update,
  valueSetEntry,
  WriteRequest,
  WriteRequestAtomicity,
} from '../../src/index.js';
import { exampleP4Info } from '../../src/testing/example-p4info.js';
import { startFakeSwitch } from '../../src/testing/index.js';
import { mutate, random } from './mutate.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly rounds: number;
  /** A call that takes longer hangs. */
  readonly deadlineMs?: number;
}

export interface FuzzReport {
  /** How often each status was answered, by its number. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What must not be; each can be had again by the seed and the round. */
  readonly findings: readonly string[];
}

type Name = 'write' | 'read' | 'setForwardingPipelineConfig';

/** Sends so many mutated messages, which the seed determines. */
export async function fuzz({ seed, rounds, deadlineMs = 5000 }: FuzzOptions): Promise<FuzzReport> {
  const next = random(seed);
  const p4info = exampleP4Info();
  const fake = await startFakeSwitch({ pipeline: { p4info } });
  const client = new Client(fake.address, credentials.createInsecure());
  const seeds = corpus();
  const statuses: Record<string, number> = {};
  const findings: string[] = [];
  const state = () =>
    Buffer.concat(fake.device.store.all().map((entity) => Entity.encode(entity))).toString('latin1');
  const primary = stream(client);
  await primary.send(StreamMessageRequest.encode({ arbitration: { deviceId: 1, electionId: { low: 1 } } }));
  for (let round = 0; round < rounds; round++) {
    const name = (['write', 'write', 'write', 'read', 'setForwardingPipelineConfig'] as const)[
      Math.floor(next() * 5)
    ]!;
    const [before, pipeline] = [state(), fake.device.pipeline];
    const bytes = next() < 0.5 ? mutate(pick(seeds[name], next), next) : inner(name, seeds.entities, next);
    const { code, accepted, text } = await call(client, name, bytes, deadlineMs);
    statuses[code] = (statuses[code] ?? 0) + 1;
    const where = `seed ${seed}, round ${round}: ${name} of ${bytes.toString('hex')}`;
    if (code === Code.DEADLINE_EXCEEDED) findings.push(`${where}: no answer`);
    // Only what cannot be decoded is INTERNAL, by gRPC's custom; from the server itself it would be a fault.
    if (code === Code.INTERNAL && !/deserializ|are not a p4\.v1/i.test(text))
      findings.push(`${where}: ${text}`);
    if (code === Code.UNAVAILABLE) findings.push(`${where}: the connection is gone`);
    if (code !== Code.OK && !accepted && state() !== before)
      findings.push(`${where}: refused, and changed the state`);
    if (code !== Code.OK && fake.device.pipeline !== pipeline)
      findings.push(`${where}: refused, and changed the pipeline`);
    if (next() < 0.1) {
      const other = stream(client);
      await other.send(mutate(pick(seeds.stream, next), next));
      other.close();
    }
    // Whatever went before, the server must answer a client that makes no mistake.
    if (
      round % 50 === 0 &&
      (await call(client, 'capabilities', Buffer.alloc(0), deadlineMs)).code !== Code.OK
    )
      findings.push(`${where}: the server no longer answers`);
  }
  primary.close();
  client.close();
  fake.kill();
  return { statuses, findings };
}

const pick = <T>(items: readonly T[], next: () => number): T => items[Math.floor(next() * items.length)]!;
const header = { deviceId: 1, electionId: { low: 1 } };

function corpus() {
  const index = new P4InfoIndex(exampleP4Info());
  const match = { 'hdr.ipv6.dst': 'fdbb:102::/32' };
  const entities = [
    tableEntry(index, { table: 'ipv6_route', match, action: 'forward', params: { port: 3, mac: 1 } }),
    tableEntry(index, { table: 'acl', action: 'drop', priority: 9, match: { 'hdr.udp.dport': '1..5' } }),
    actionProfileMember(index, { profile: 'selector', id: 4, action: 'drop' }),
    multicastGroup({ id: 5, replicas: [{ port: 1 }, { port: 2, instance: 1 }] }),
    counterEntry(index, { counter: 'denied', index: 1, value: { packets: 1 } }),
    registerEntry(index, { register: 'owners', index: 0 }),
    digestEntry(index, { digest: 'seen_t', maxListSize: 1 }),
    valueSetEntry(index, { valueSet: 'services', members: [{ port: 80 }] }),
  ];
  const modes = Object.values(WriteRequestAtomicity);
  const config = { p4info: exampleP4Info(), p4DeviceConfig: Uint8Array.of(1) };
  return {
    entities: entities.map((entity) => Entity.encode(entity)),
    write: modes.map((atomicity) =>
      WriteRequest.encode({ ...header, atomicity, updates: entities.map(insert) }),
    ),
    read: [ReadRequest.encode({ deviceId: 1, entities })],
    setForwardingPipelineConfig: ([3, 5] as const).map((action) =>
      SetForwardingPipelineConfigRequest.encode({ ...header, action, config }),
    ),
    stream: [
      StreamMessageRequest.encode({ arbitration: { ...header, role: { name: 'other' } } }),
      StreamMessageRequest.encode({ packet: { payload: Uint8Array.of(1), metadata: [{ metadataId: 1 }] } }),
      StreamMessageRequest.encode({ digestAck: { digestId: 1, listId: 2 } }),
    ],
  };
}

/** A right envelope around mutated entities, so that they get past the first checks. */
function inner(name: Name, entities: readonly Buffer[], next: () => number): Buffer {
  const mutated = Array.from({ length: 3 }, (_, i) =>
    i === 0 ? mutate(pick(entities, next), next) : pick(entities, next),
  );
  if (name === 'read')
    return Buffer.concat([ReadRequest.encode({ deviceId: 1 }), ...mutated.map((bytes) => field(2, bytes))]);
  const atomicity = Math.floor(next() * 3) as WriteRequestAtomicity;
  const updates = mutated.map((bytes) =>
    field(4, Buffer.concat([Update.encode({ type: (1 + Math.floor(next() * 3)) as 1 }), field(2, bytes)])),
  );
  return Buffer.concat([WriteRequest.encode({ ...header, atomicity }), ...updates]);
}

function field(number: number, bytes: Buffer): Buffer {
  const size = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) size.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, ...size, rest]), bytes]);
}

interface Answer {
  readonly code: number;
  /** Whether the server says that it carried out a part. */
  readonly accepted: boolean;
  readonly text: string;
}

function call(
  client: Client,
  name: Name | 'capabilities',
  bytes: Buffer,
  deadlineMs: number,
): Promise<Answer> {
  const { path } = methods[name];
  const same = (value: Buffer) => value;
  const options = { deadline: Date.now() + deadlineMs };
  return new Promise((resolve) => {
    if (name === 'read') {
      const reading = client.makeServerStreamRequest(path, same, same, bytes, new Metadata(), options);
      reading.on('data', () => {});
      reading.on('error', (error: ServiceError) =>
        resolve({ code: error.code, accepted: true, text: error.details }),
      );
      reading.on('end', () => resolve({ code: Code.OK, accepted: true, text: '' }));
      return;
    }
    client.makeUnaryRequest(path, same, same, bytes, new Metadata(), options, (error) => {
      const details = error?.metadata?.get(STATUS_DETAILS_KEY)[0];
      const items = decodeStatusDetails(Buffer.isBuffer(details) ? details : undefined);
      resolve({
        code: error?.code ?? Code.OK,
        text: error?.details ?? '',
        accepted: !error || items.some(({ canonicalCode }) => canonicalCode === Code.OK),
      });
    });
  });
}

function stream(client: Client) {
  const same = (value: Buffer) => value;
  const duplex = client.makeBidiStreamRequest(methods.streamChannel.path, same, same);
  const answered = new Promise<void>((resolve) => {
    duplex.once('data', () => resolve());
    duplex.on('data', () => {});
    duplex.on('error', () => resolve());
    duplex.on('end', () => resolve());
  });
  return {
    /** Resolves when the server answered, which it does to every message: with an arbitration, an error or the end. */
    send(bytes: Buffer): Promise<void> {
      duplex.write(bytes);
      return answered;
    },
    close: () => duplex.cancel(),
  };
}
