import { within } from '../errors/within.js';
import { type DigestList, Entity } from '../messages.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import type { MatchInput } from '../values/match.js';
import { type DataValue, decodeData } from './data.js';
import { encodeKeys } from './table-entry.js';

/**
 * Switches a digest on (insert, modify) or off (delete). Times are in nanoseconds.
 * @throws P4RuntimeError NOT_FOUND for a digest that the program does not have
 */
export function digestEntry(
  index: P4InfoIndex,
  spec: {
    readonly digest?: string | number;
    /** The longest that a message waits for others; 0 sends at once. */
    readonly maxTimeoutNs?: bigint | number;
    /** Messages in a list; 0 is no limit. */
    readonly maxListSize?: number;
    /** How long a list that was not acknowledged keeps its messages from being sent again. */
    readonly ackTimeoutNs?: bigint | number;
  } = {},
): Entity {
  const digestId = spec.digest === undefined ? 0 : index.digests.get(spec.digest).id;
  const { maxTimeoutNs, maxListSize, ackTimeoutNs } = spec;
  const configured = maxTimeoutNs !== undefined || maxListSize !== undefined || ackTimeoutNs !== undefined;
  return Entity.from({
    digestEntry: { digestId, config: configured ? { maxTimeoutNs, maxListSize, ackTimeoutNs } : null },
  });
}

/** @throws P4RuntimeError NOT_FOUND for an unknown digest, INVALID_ARGUMENT for data that is not of its type */
export function decodeDigest(
  index: P4InfoIndex,
  list: DigestList,
): { digest: string; messages: DataValue[] } {
  const digest = index.digests.get(list.digestId);
  const messages = within(`digest ${digest.name}`, () =>
    list.data.map((data) => decodeData(digest.typeSpec, data, index.p4info.typeInfo)),
  );
  return { digest: digest.name, messages };
}

/**
 * All members of a parser value set: writing replaces the set.
 * @throws P4RuntimeError for an unknown name or a value that does not fit
 */
export function valueSetEntry(
  index: P4InfoIndex,
  spec: {
    readonly valueSet?: string | number;
    readonly members?: readonly Readonly<Record<string, MatchInput>>[];
  } = {},
): Entity {
  const valueSet = spec.valueSet === undefined ? undefined : index.valueSets.get(spec.valueSet);
  return within(`value set ${valueSet?.name ?? '*'}`, () =>
    Entity.from({
      valueSetEntry: {
        valueSetId: valueSet?.id ?? 0,
        members: valueSet
          ? (spec.members ?? []).map((member) => ({ match: encodeKeys(valueSet.keys, member, 'entry') }))
          : [],
      },
    }),
  );
}
