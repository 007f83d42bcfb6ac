import { COHERENCE_GROUP, FLOOD_GROUP, MISS_DIGEST, REFUSAL_DIGEST } from '@bluebridge/templates';
import {
  Code,
  decodeDigest,
  digestEntry,
  type Entity,
  type ForwardingPipelineConfig,
  type Init,
  insert,
  modify,
  multicastGroup,
  type P4InfoIndex,
  type P4RuntimeClient,
  P4RuntimeError,
  pipelineCookie,
  GetForwardingPipelineConfigRequestResponseType as ResponseType,
} from 'p4runtime-js';
import { ControllerError } from '../errors.js';
import { isOlderThan } from './api-version.js';

/** The compiled program of a fabric, as a target takes it. */
export type Pipeline = Pick<Init<ForwardingPipelineConfig>, 'p4info' | 'p4DeviceConfig'>;

/** What a refused request looked like, from the program's digest. */
export type Refusal = Readonly<Record<string, unknown>>;

/** @throws ControllerError CONTROLLER_NOT_PRIMARY */
export function requirePrimary(client: P4RuntimeClient): void {
  if (client.isPrimary) return;
  throw new ControllerError(
    'CONTROLLER_NOT_PRIMARY',
    `another controller is primary for the switch at ${client.address}: ours has the election id ${client.electionId}; ` +
      'stop the other one, or start this one with a higher --election-id',
  );
}

/**
 * Make sure that the switch runs this fabric's program.
 * @param replace whether a program of somebody else may be replaced
 * @returns whether the tables may hold entries of an earlier life
 * @throws ControllerError CONTROLLER_OTHER_PROGRAM
 */
export async function pushPipeline(
  client: P4RuntimeClient,
  pipeline: Pipeline,
  replace: boolean,
): Promise<'kept' | 'pushed'> {
  const cookie = pipelineCookie(pipeline);
  const running = await runningCookie(client);
  if (running === cookie) {
    client.useP4Info(pipeline.p4info ?? {});
    return 'kept';
  }
  if (running !== undefined && !replace) {
    throw new ControllerError(
      'CONTROLLER_OTHER_PROGRAM',
      `the switch at ${client.address} runs another program (cookie ${hex(running)}, this fabric's is ${hex(cookie)}); ` +
        '--replace puts ours in its place, which empties its tables',
    );
  }
  await client.setPipeline({ ...pipeline, cookie: { cookie } });
  return 'pushed';
}

const hex = (cookie: bigint): string => `0x${cookie.toString(16)}`;

/** Undefined while the switch runs nothing. */
async function runningCookie(client: P4RuntimeClient): Promise<bigint | undefined> {
  try {
    const config = await client.getPipeline({ responseType: ResponseType.COOKIE_ONLY });
    return config ? (config.cookie?.cookie ?? 0n) : undefined;
  } catch (error) {
    // simple_switch_grpc answers so before its first pipeline.
    if (error instanceof P4RuntimeError && error.code === Code.FAILED_PRECONDITION) return undefined;
    throw error;
  }
}

/** The multicast group of ordinary traffic. */
export async function installFlood(client: P4RuntimeClient, ports: readonly number[]): Promise<void> {
  const replicas = ports.map((port) => ({ port, instance: 1 }));
  // simple_switch_grpc and Stratum know the older of the two fields for a port only.
  const legacyPorts = isOlderThan(await client.apiVersion(), 1, 4);
  await put(client, multicastGroup({ id: FLOOD_GROUP, replicas, legacyPorts }));
}

/** The multicast group that probes go out to. */
export async function installCoherenceGroup(
  client: P4RuntimeClient,
  replicas: readonly { readonly port: number; readonly instance: number }[],
): Promise<void> {
  const legacyPorts = isOlderThan(await client.apiVersion(), 1, 4);
  await put(client, multicastGroup({ id: COHERENCE_GROUP, replicas, legacyPorts }));
}

const MS = 1_000_000;

/** What the program tells by digests. */
export interface DigestListeners {
  /** Of a refused request; at most one list in a tenth of a second. */
  readonly refused?: (refusal: Refusal) => void;
  /** Of a page without a slot that somebody wanted a copy of. */
  readonly missed?: (node: number, pointer: bigint) => void;
}

/** Ask for the digests that somebody listens to. */
export async function followDigests(
  client: P4RuntimeClient,
  index: P4InfoIndex,
  { refused, missed }: DigestListeners,
): Promise<void> {
  const listeners = new Map<number, (message: Refusal) => void>();
  if (refused) listeners.set(index.digests.get(REFUSAL_DIGEST.name).id, refused);
  if (missed) {
    listeners.set(index.digests.get(MISS_DIGEST.name).id, ({ node, pointer }) =>
      missed(Number(node), BigInt(pointer as bigint)),
    );
  }
  if (listeners.size === 0) return;
  client.on('digest', (list) => {
    const tell = listeners.get(list.digestId);
    if (tell) for (const message of decodeDigest(index, list).messages) tell(message as Refusal);
    client.ackDigest(list).catch(() => {}); // the session is ending, which is told elsewhere
  });
  const follow = (digest: string, maxTimeoutNs: number): Promise<void> =>
    put(client, digestEntry(index, { digest, maxTimeoutNs, maxListSize: 100, ackTimeoutNs: 1000 * MS }));
  if (refused) await follow(REFUSAL_DIGEST.name, 100 * MS);
  // Whoever waits for a copy is served without one in the meantime.
  if (missed) await follow(MISS_DIGEST.name, 5 * MS);
}

/** Insert, or modify what an earlier controller left. */
async function put(client: P4RuntimeClient, entity: Entity): Promise<void> {
  try {
    await client.write([insert(entity)]);
  } catch (error) {
    // Servers say it in different ways that something is there: what counts is whether it can be modified.
    if (!(error instanceof P4RuntimeError) || error.details.length === 0) throw error;
    await client.write([modify(entity)]);
  }
}
