import type { P4Info, p4 } from 'p4runtime-js';
import type {
  ControlPlane,
  CounterControl,
  DigestInfo,
  MeterControl,
  ProfileControl,
  RegisterControl,
  TableControl,
  ValueSetControl,
} from '../switch/control-plane.js';
import { invalid, notFound } from './errors.js';

type Table = p4.config.v1.Table;
type MatchField = p4.config.v1.MatchField;
type Action = p4.config.v1.Action;
type Preamble = p4.config.v1.Preamble;
type ControllerPacketMetadata = p4.config.v1.ControllerPacketMetadata;
type DataTypeSpec = p4.config.v1.P4DataTypeSpec;

export type { DataTypeSpec, MatchField };

export interface BoundAction {
  readonly id: number;
  readonly name: string;
  readonly params: readonly { readonly id: number; readonly name: string; readonly width: number }[];
}

export interface BoundTable {
  readonly id: number;
  readonly name: string;
  readonly info: Table;
  readonly control: TableControl;
  /** In the order of the data plane's key. */
  readonly fields: readonly MatchField[];
  /** Actions that an entry may have; `defaultActions` that the default entry may have. */
  readonly entryActions: ReadonlyMap<number, BoundAction>;
  readonly defaultActions: ReadonlyMap<number, BoundAction>;
  /** By the data plane's name. */
  readonly actionsByName: ReadonlyMap<string, BoundAction>;
  readonly needsPriority: boolean;
  readonly profileId: number;
}

export interface Bound<C> {
  readonly id: number;
  readonly name: string;
  readonly control: C;
}

/** The P4Info's ids and the data plane's objects, put together once when a pipeline is set. */
export interface Bindings {
  readonly p4info: P4Info;
  readonly tables: ReadonlyMap<number, BoundTable>;
  readonly actions: ReadonlyMap<number, BoundAction>;
  readonly profiles: ReadonlyMap<number, Bound<ProfileControl>>;
  readonly counters: ReadonlyMap<number, Bound<CounterControl>>;
  readonly meters: ReadonlyMap<number, Bound<MeterControl>>;
  readonly registers: ReadonlyMap<number, Bound<RegisterControl> & { readonly type: DataTypeSpec | null }>;
  readonly valueSets: ReadonlyMap<number, Bound<ValueSetControl> & { readonly match: readonly MatchField[] }>;
  readonly digests: ReadonlyMap<number, Bound<DigestInfo> & { readonly type: DataTypeSpec | null }>;
  readonly packetIn: ControllerPacketMetadata | undefined;
  readonly packetOut: ControllerPacketMetadata | undefined;
}

/**
 * Bind a P4Info to a pipeline.
 * @throws P4RuntimeError INVALID_ARGUMENT when the P4Info speaks of objects that the pipeline does not have
 */
export function bind(p4info: P4Info, control: ControlPlane): Bindings {
  const actions = byId(p4info.actions, (a) => boundAction(a));
  const profiles = byId(p4info.actionProfiles, (p) => bound(p, 'action profile', control.profiles));
  return {
    p4info,
    actions,
    profiles,
    tables: byId(p4info.tables, (t) => boundTable(t, actions, control)),
    counters: byId(p4info.counters, (c) => bound(c, 'counter', control.counters)),
    meters: byId(p4info.meters, (m) => bound(m, 'meter', control.meters)),
    registers: byId(p4info.registers, (r) => ({
      ...bound(r, 'register', control.registers),
      type: r.typeSpec,
    })),
    valueSets: byId(p4info.valueSets, (v) => ({
      ...bound(v, 'value set', control.valueSets),
      match: v.match,
    })),
    digests: byId(p4info.digests, (d) => ({ ...bound(d, 'digest', control.digests), type: d.typeSpec })),
    packetIn: p4info.controllerPacketMetadata.find((m) => m.preamble?.name === 'packet_in'),
    packetOut: p4info.controllerPacketMetadata.find((m) => m.preamble?.name === 'packet_out'),
  };
}

/** @throws P4RuntimeError NOT_FOUND listing what there is */
export function find<T extends { readonly name: string }>(
  map: ReadonlyMap<number, T>,
  id: number,
  kind: string,
): T {
  const found = map.get(id);
  if (found) return found;
  const known = [...map].map(([known, { name }]) => `${name} (${known})`);
  throw notFound(`no ${kind} has the id ${id}; there are: ${known.join(', ') || 'none'}`);
}

interface WithPreamble {
  readonly preamble: Preamble | null;
}

function byId<P extends WithPreamble, B>(list: readonly P[], make: (item: P) => B): Map<number, B> {
  const map = new Map<number, B>();
  for (const item of list) {
    const id = item.preamble?.id ?? 0;
    if (map.has(id)) throw invalid(`the P4Info has two objects with the id ${id}`);
    map.set(id, make(item));
  }
  return map;
}

function bound<C>(item: WithPreamble, kind: string, controls: ReadonlyMap<string, C>): Bound<C> {
  const { id = 0, name = '' } = item.preamble ?? {};
  const control = controls.get(name);
  if (!control) {
    throw invalid(
      `the P4Info has the ${kind} ${name}, the pipeline has not; it has: ${[...controls.keys()].join(', ') || 'none'}`,
    );
  }
  return { id, name, control };
}

function boundAction(action: Action): BoundAction {
  return {
    id: action.preamble?.id ?? 0,
    name: action.preamble?.name ?? '',
    params: action.params.map(({ id, name, bitwidth }) => ({ id, name, width: bitwidth })),
  };
}

/** MatchField.MatchType: the kinds that need a priority (specification, "Match Format"). */
const PRIORITY_KINDS: ReadonlySet<number> = new Set([4, 5, 6]);

function boundTable(
  info: Table,
  actions: ReadonlyMap<number, BoundAction>,
  control: ControlPlane,
): BoundTable {
  const { id, name, control: table } = bound(info, 'table', control.tables);
  if (info.matchFields.length !== table.info.key.length) {
    throw invalid(
      `table ${name} has ${info.matchFields.length} match fields in the P4Info and ${table.info.key.length} in the pipeline`,
    );
  }
  const entryActions = new Map<number, BoundAction>();
  const defaultActions = new Map<number, BoundAction>();
  const actionsByName = new Map<string, BoundAction>();
  for (const ref of info.actionRefs) {
    const action = find(actions, ref.id, 'action');
    actionsByName.set(action.name, action);
    // ActionRef.Scope: 0 table and default, 1 table only, 2 default only.
    if (ref.scope !== 2) entryActions.set(ref.id, action);
    if (ref.scope !== 1) defaultActions.set(ref.id, action);
  }
  return {
    id,
    name,
    info,
    control: table,
    fields: [...info.matchFields].sort((a, b) => a.id - b.id),
    entryActions,
    defaultActions,
    actionsByName,
    needsPriority: info.matchFields.some((f) => PRIORITY_KINDS.has(f.matchType ?? 0)),
    profileId: info.implementationId,
  };
}
