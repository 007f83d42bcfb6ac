import type { P4Info } from 'p4runtime-js';

interface Named {
  readonly preamble?: { readonly id: number; readonly name: string } | null;
}

/**
 * What a controller that was built for `wanted` would miss or mistake in `found`: tables, actions that it may write, counters, digests and
 * packet headers that are not there, or have another id, size or shape. Empty where it can work with `found`.
 */
export function programDifferences(wanted: P4Info, found: P4Info): string[] {
  return KINDS.flatMap(({ kind, list, shape }) => {
    const there = new Map(list(found).map((object) => [object.preamble?.name, object]));
    return list(wanted).flatMap((object) => {
      const { name, id } = object.preamble!;
      const other = there.get(name);
      if (!other) return [`${kind} ${name} is not there`];
      if (other.preamble!.id !== id) return [`${kind} ${name} has the id ${other.preamble!.id}, not ${id}`];
      const [want, have] = [shape(object), shape(other)];
      return want === have ? [] : [`${kind} ${name} is ${have}, not ${want}`];
    });
  });
}

interface Kind<T extends Named> {
  readonly kind: string;
  list(info: P4Info): readonly T[];
  /** In words, all that entries depend on. */
  shape(object: T): string;
}

const kind = <T extends Named>(k: Kind<T>): Kind<Named> => k as unknown as Kind<Named>;
type Fields = readonly { readonly id: number; readonly name: string; readonly bitwidth: number }[];
const fields = (list: Fields): string => list.map((f) => `${f.id} ${f.name} ${f.bitwidth}`).join(', ');

const KINDS: readonly Kind<Named>[] = [
  kind({
    kind: 'table',
    list: (info) => info.tables,
    shape: ({ matchFields, size }) =>
      `of ${size} entries with ${matchFields.map((f) => `${f.id} ${f.name} ${f.bitwidth} ${f.matchType}`).join(', ')}`,
  }),
  kind({
    kind: 'action',
    list: writableActions,
    shape: ({ params }) => (params.length === 0 ? 'without parameters' : `with ${fields(params)}`),
  }),
  kind({ kind: 'counter', list: (info) => info.counters, shape: ({ size }) => `of ${size} cells` }),
  kind({
    kind: 'direct counter',
    list: (info) => info.directCounters,
    shape: ({ directTableId }) => `of table ${directTableId}`,
  }),
  kind({ kind: 'digest', list: (info) => info.digests, shape: () => '' }),
  kind({
    kind: 'header',
    list: (info) => info.controllerPacketMetadata,
    shape: ({ metadata }) => `with ${fields(metadata)}`,
  }),
];

const DEFAULT_ONLY = 2;

/** Actions that an entry can have: targets differ in what else they call an action. */
function writableActions(info: P4Info): P4Info['actions'] {
  const used = new Set(
    info.tables.flatMap((t) => t.actionRefs.filter((r) => r.scope !== DEFAULT_ONLY).map((r) => r.id)),
  );
  return info.actions.filter(({ preamble }) => used.has(preamble?.id ?? 0));
}
