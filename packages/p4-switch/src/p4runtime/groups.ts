// Groups of an action profile as controllers write them: weights, sizes, watch ports, and one-shot action sets.
import type { ActionProfileActionSet, ActionProfileGroup, Init, p4 } from 'p4runtime-js';
import type { ActionSpec } from '../switch/control-plane.js';
import type { BoundProfile } from './bindings.js';
import { fromBytes, toBytes } from './bytes.js';
import { exhausted, invalid } from './errors.js';

/** Ports by number: whether each is up now. A port that was there once is still known. */
export type Ports = ReadonlyMap<number, boolean>;

/** The port whose state decides whether a member takes part, in the field that the controller used. */
interface Watch {
  readonly port: number;
  readonly legacy: boolean;
}

export interface Share {
  readonly member: number;
  /** As written: 0 where the profile disallows weights. */
  readonly weight: number;
  readonly watch: Watch | undefined;
}

/** A group as it was written. */
export interface GroupNote {
  readonly shares: readonly Share[];
  readonly maxSize: number;
}

/** The hidden group of a one-shot entry, and what was written. */
export interface OneShot {
  readonly group: number;
  readonly shares: readonly Share[];
  readonly actions: readonly ActionSpec[];
  readonly mode: ActionProfileActionSet['actionSelectionMode'];
  readonly semantics: ActionProfileActionSet['sizeSemantics'];
}

/** The data plane picks among a list in which a member stands as often as it has weight; this is the longest list. */
const MAX_SHARES = 65_536;

interface Written {
  readonly weight: number;
  readonly watch: number | null;
  readonly watchPort: Uint8Array | null;
}

/** @throws P4RuntimeError INVALID_ARGUMENT (specification, "Group Programming") */
export function shareOf(
  profile: BoundProfile,
  member: number,
  written: Written,
  ports: Ports,
  what: string,
): Share {
  const { weight } = written;
  if (profile.info.weightsDisallowed) {
    if (weight !== 0) throw invalid(`${what}: the P4Info disallows weights, so it is 0 and not ${weight}`);
  } else if (weight < 1) {
    throw invalid(`${what}: its weight is 1 or more, not ${weight}`);
  }
  const limit = profile.info.sumOfMembers?.maxMemberWeight ?? 0;
  if (limit > 0 && weight > limit) throw invalid(`${what}: its weight is at most ${limit}, not ${weight}`);
  return { member, weight, watch: watchOf(written, ports, what) };
}

function watchOf({ watch, watchPort }: Written, ports: Ports, what: string): Watch | undefined {
  // An empty port means that none is watched; so does a legacy 0.
  if (!watch && !watchPort?.length) return undefined;
  const port = watchPort?.length ? Number(fromBytes(watchPort, 32, `${what}, watch_port`)) : watch!;
  if (!ports.has(port)) {
    throw invalid(
      `${what}: there is no port ${port} to watch; there are: ${[...ports.keys()].join(', ') || 'none'}`,
    );
  }
  return { port, legacy: !watchPort?.length };
}

/** The watch field of a group's member or an action set's action. */
export const watchMessage = ({ watch }: Share): { watch?: number; watchPort?: Uint8Array } => {
  if (!watch) return {};
  return watch.legacy ? { watch: watch.port } : { watchPort: toBytes(BigInt(watch.port)) };
};

/** What counts against a group's size (specification, "Rules on Setting `max_size`"). */
export const sizeOf = (profile: BoundProfile, shares: readonly Share[]): number =>
  profile.info.sumOfMembers
    ? shares.length
    : shares.reduce((sum, { weight }) => sum + Math.max(1, weight), 0);

/** @throws P4RuntimeError INVALID_ARGUMENT, RESOURCE_EXHAUSTED */
export function checkGroupSize(
  profile: BoundProfile,
  group: ActionProfileGroup,
  shares: readonly Share[],
): void {
  const what = `action profile ${profile.name}, group ${group.groupId}`;
  const limit = profile.info.maxGroupSize;
  const { maxSize } = group;
  if (maxSize < 0) throw invalid(`${what}: max_size is 0 or more, not ${maxSize}`);
  if (limit > 0 && (maxSize < 1 || maxSize > limit)) {
    throw invalid(`${what}: max_size is 1..${limit}, not ${maxSize}`);
  }
  const size = sizeOf(profile, shares);
  if (maxSize > 0 && size > maxSize)
    throw exhausted(`${what}: its size is ${size}, above its max_size ${maxSize}`);
}

/**
 * The data plane's list for shares: members that are not watched, or whose port is up, each as often as it has weight.
 * Weights are brought to their lowest terms first.
 * @throws P4RuntimeError RESOURCE_EXHAUSTED
 */
export function memberList(profile: BoundProfile, shares: readonly Share[], ports: Ports): number[] {
  const divisor = shares.reduce((a, { weight }) => gcd(a, Math.max(1, weight)), 0) || 1;
  const counted = shares.map((share) => ({ ...share, times: Math.max(1, share.weight) / divisor }));
  const total = counted.reduce((sum, { times }) => sum + times, 0);
  if (total > MAX_SHARES) {
    throw exhausted(
      `action profile ${profile.name}: the weights of a group add up to ${total} (in lowest terms), above ${MAX_SHARES}`,
    );
  }
  return counted
    .filter(({ watch }) => !watch || ports.get(watch.port) === true)
    .flatMap(({ member, times }) => new Array<number>(times).fill(member));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Ports went up or down: groups that watch ports get the members whose ports are up. */
export function followPorts(profile: BoundProfile, ports: Ports): void {
  for (const [id, { shares }] of profile.groups) refresh(profile, id, shares, ports);
  for (const { group, shares } of profile.oneShots) refresh(profile, group, shares, ports);
}

function refresh(profile: BoundProfile, id: number, shares: readonly Share[], ports: Ports): void {
  if (shares.some(({ watch }) => watch)) profile.control.modifyGroup(id, memberList(profile, shares, ports));
}

export const groupMember = (share: Share): Init<p4.v1.ActionProfileGroupMember> => ({
  memberId: share.member,
  weight: share.weight,
  ...watchMessage(share),
});
