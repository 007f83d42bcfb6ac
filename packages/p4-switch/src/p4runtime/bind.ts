import { Code, type P4Info, P4RuntimeError, type p4 } from 'p4runtime-js';
import type { ControlPlane } from '../switch/control-plane.js';
import {
  type Bindings,
  type Bound,
  type BoundAction,
  type BoundProfile,
  type BoundTable,
  find,
  type MatchField,
  type MeterType,
  type PacketHeader,
} from './bindings.js';
import { invalid } from './errors.js';

/** Beyond this a packet-in header would not fit a frame. */
const MAX_METADATA_BITS = 8192;

interface WithPreamble {
  readonly preamble: p4.config.v1.Preamble | null;
}

/**
 * Bind a P4Info to a pipeline.
 * @throws P4RuntimeError INVALID_ARGUMENT when the P4Info speaks of objects that the pipeline does not have, or has in
 * another form
 */
export function bind(p4info: P4Info, control: ControlPlane): Bindings {
  try {
    return bindAll(p4info, control);
  } catch (error) {
    // What is missing inside of a config makes the config wrong.
    if (error instanceof P4RuntimeError) throw new P4RuntimeError(error.rawMessage, Code.INVALID_ARGUMENT);
    throw error;
  }
}

function bindAll(p4info: P4Info, control: ControlPlane): Bindings {
  const actions = byId(p4info.actions, 'action', (a) => boundAction(a));
  const profiles = byId(p4info.actionProfiles, 'action profile', (p) =>
    boundProfile(p, p4info, actions, control),
  );
  return {
    p4info,
    actions,
    profiles,
    tables: byId(p4info.tables, 'table', (t) => boundTable(t, p4info, actions, profiles, control)),
    counters: byId(p4info.counters, 'counter', (c) => bound(c, 'counter', control.counters)),
    meters: byId(p4info.meters, 'meter', (m) => ({
      ...bound(m, 'meter', control.meters),
      type: m.spec?.type ?? 0,
    })),
    registers: byId(p4info.registers, 'register', (r) => ({
      ...bound(r, 'register', control.registers),
      type: r.typeSpec,
    })),
    valueSets: byId(p4info.valueSets, 'value set', (v) => {
      const set = bound(v, 'value set', control.valueSets);
      const bits = v.match.reduce((sum, field) => sum + field.bitwidth, 0);
      if (bits !== set.control.width) {
        throw invalid(
          `value set ${set.name} has members of ${bits} bits in the P4Info and of ${set.control.width} in the pipeline`,
        );
      }
      return { ...set, match: v.match, size: v.size };
    }),
    digests: byId(p4info.digests, 'digest', (d) => ({
      ...bound(d, 'digest', control.digests),
      type: d.typeSpec,
    })),
    packetIn: packetHeader(p4info, 'packet_in'),
    packetOut: packetHeader(p4info, 'packet_out'),
  };
}

function byId<P extends WithPreamble, B>(
  list: readonly P[],
  kind: string,
  make: (item: P) => B,
): Map<number, B> {
  const map = new Map<number, B>();
  for (const item of list) {
    const { id = 0, name = '' } = item.preamble ?? {};
    if (id === 0) throw invalid(`the P4Info has the ${kind} ${JSON.stringify(name)} without an id`);
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

function boundAction(action: p4.config.v1.Action): BoundAction {
  return {
    id: action.preamble?.id ?? 0,
    name: action.preamble?.name ?? '',
    params: action.params.map(({ id, name, bitwidth, typeName }) => ({
      id,
      name,
      width: bitwidth,
      translated: typeName !== null,
    })),
  };
}

/** Its members may have the actions of the tables that use it (specification, "Member Programming"). */
function boundProfile(
  info: p4.config.v1.ActionProfile,
  p4info: P4Info,
  all: ReadonlyMap<number, BoundAction>,
  control: ControlPlane,
): BoundProfile {
  const base = bound(info, 'action profile', control.profiles);
  const actions = new Map<number, BoundAction>();
  for (const table of p4info.tables) {
    if (table.implementationId !== base.id) continue;
    for (const { id, scope } of table.actionRefs) if (scope !== 2) actions.set(id, find(all, id, 'action'));
  }
  const actionsByName = new Map([...actions.values()].map((action) => [action.name, action]));
  return { ...base, info, actions, actionsByName, groups: new Map(), oneShots: new Set() };
}

/** MatchField.MatchType: the kinds that need a priority (specification, "TableEntry"). */
const PRIORITY_KINDS: ReadonlySet<number> = new Set([4, 5, 6]);

function boundTable(
  info: p4.config.v1.Table,
  p4info: P4Info,
  actions: ReadonlyMap<number, BoundAction>,
  profiles: ReadonlyMap<number, BoundProfile>,
  control: ControlPlane,
): BoundTable {
  const { id, name, control: table } = bound(info, 'table', control.tables);
  const entryActions = new Map<number, BoundAction>();
  const defaultActions = new Map<number, BoundAction>();
  for (const ref of info.actionRefs) {
    const action = find(actions, ref.id, 'action');
    checkParams(name, action, table.info.actions);
    // ActionRef.Scope: 0 table and default, 1 table only, 2 default only.
    if (ref.scope !== 2) entryActions.set(ref.id, action);
    if (ref.scope !== 1) defaultActions.set(ref.id, action);
  }
  const all = new Map([...entryActions, ...defaultActions]);
  return {
    id,
    name,
    info,
    control: table,
    fields: keyFields(name, info.matchFields, table.info.key),
    actions: all,
    entryActions,
    defaultActions,
    actionsByName: new Map([...all.values()].map((action) => [action.name, action])),
    needsPriority: info.matchFields.some((f) => PRIORITY_KINDS.has(f.matchType ?? 0)),
    hasIdleTimeout: info.idleTimeoutBehavior !== 0 && table.info.hasIdleTimeout,
    meterType: directMeterType(p4info, id),
    profile:
      info.implementationId === 0 ? undefined : find(profiles, info.implementationId, 'action profile'),
    notes: new Map(),
  };
}

const directMeterType = (p4info: P4Info, tableId: number): MeterType =>
  p4info.directMeters.find((meter) => meter.directTableId === tableId)?.spec?.type ?? 0;

/** The match fields in the order of the data plane's key: by name where the names agree, else as declared. */
function keyFields(
  table: string,
  fields: readonly MatchField[],
  key: readonly { readonly name: string; readonly width: number }[],
): MatchField[] {
  if (fields.length !== key.length) {
    throw invalid(
      `table ${table} has ${fields.length} match fields in the P4Info and ${key.length} in the pipeline`,
    );
  }
  const byName = new Map(fields.map((field) => [field.name, field]));
  const ordered = key.map((part) => byName.get(part.name));
  const found = ordered.every((field) => field !== undefined) ? (ordered as MatchField[]) : [...fields];
  found.forEach((field, i) => {
    const width = key[i]!.width;
    // Prefixes and ranges of a translated type would mean something else in the data plane.
    const translated = field.typeName !== null && field.matchType !== 3 && field.matchType !== 5;
    if (!fits(field.bitwidth, translated, width)) {
      throw invalid(
        `table ${table}: the match field ${field.name} has ${field.bitwidth} bits in the P4Info and ${width} in the pipeline`,
      );
    }
  });
  return found;
}

function checkParams(
  table: string,
  action: BoundAction,
  known: readonly { readonly name: string; readonly params: readonly { readonly width: number }[] }[],
): void {
  const there = known.find(({ name }) => name === action.name);
  const widths = (params: readonly { readonly width: number }[]) =>
    params.map((p) => p.width).join(', ') || 'no';
  if (!there) {
    const names = known.map(({ name }) => name).join(', ');
    throw invalid(
      `table ${table} has the action ${action.name} in the P4Info, not in the pipeline; there it has: ${names}`,
    );
  }
  const fit = action.params.every((p, i) => fits(p.width, p.translated, there.params[i]?.width));
  if (!fit || there.params.length !== action.params.length) {
    throw invalid(
      `action ${action.name} has parameters of ${widths(action.params)} bits in the P4Info and of ${widths(there.params)} in the pipeline`,
    );
  }
}

/** A type with a translation of its own may have a width of its own; values are then taken as they are. */
const fits = (width: number, translated: boolean, actual: number | undefined): boolean =>
  width === actual || (translated && width > 0);

function packetHeader(p4info: P4Info, name: string): PacketHeader | undefined {
  const header = p4info.controllerPacketMetadata.find((m) => m.preamble?.name === name);
  let bits = 0;
  for (const field of header?.metadata ?? []) {
    bits += field.bitwidth;
    // An sdn_string translation leaves the width out; this switch has no strings.
    if (field.bitwidth < 1 || bits > MAX_METADATA_BITS) {
      throw invalid(`${name}: the metadata ${field.name} has a width of ${field.bitwidth} bits`);
    }
  }
  return header;
}
