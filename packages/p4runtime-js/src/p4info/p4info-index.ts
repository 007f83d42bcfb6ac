import { P4Info, type p4 } from '../messages.js';
import type { Init } from '../wire/message-type.js';
import { fieldsOf, keysOf, objectInfo, tableInfo, unitOf } from './build.js';
import { Names } from './names.js';
import type {
  ActionInfo,
  ActionProfileInfo,
  CounterInfo,
  DigestInfo,
  MeterInfo,
  PacketHeaderInfo,
  RegisterInfo,
  TableInfo,
  ValueSetInfo,
} from './objects.js';

const OWNER = 'the program';

/**
 * The objects of a P4 program, each kind found by id, full name or alias: `index.tables.get('ipv6_route')`. `get`
 * throws NOT_FOUND with the names that there are, `find` gives undefined, `all` has them in the P4Info's order.
 */
export class P4InfoIndex {
  readonly p4info: P4Info;
  readonly tables: Names<TableInfo>;
  readonly actions: Names<ActionInfo>;
  readonly actionProfiles: Names<ActionProfileInfo>;
  readonly counters: Names<CounterInfo>;
  readonly directCounters: Names<CounterInfo>;
  readonly meters: Names<MeterInfo>;
  readonly directMeters: Names<MeterInfo>;
  readonly registers: Names<RegisterInfo>;
  readonly digests: Names<DigestInfo>;
  readonly valueSets: Names<ValueSetInfo>;
  /** `packet_in` and `packet_out`. */
  readonly packetHeaders: Names<PacketHeaderInfo>;

  /**
   * @throws P4RuntimeError INVALID_ARGUMENT for a P4Info that contradicts itself: an object without id, name or width,
   * two with one id or name, a reference to nothing
   */
  constructor(init: Init<P4Info>) {
    const p4info = P4Info.from(init);
    const types = p4info.typeInfo;
    this.p4info = p4info;
    this.actions = names('action', p4info.actions, (action, object) => ({
      ...object,
      params: fieldsOf(`action ${object.name}`, 'parameter', action.params, types),
    }));
    this.actionProfiles = names('action profile', p4info.actionProfiles, (profile, object) => ({
      ...object,
      withSelector: profile.withSelector,
      size: profile.size,
      maxGroupSize: profile.maxGroupSize,
      tableIds: profile.tableIds,
    }));
    this.counters = names('counter', p4info.counters, ({ spec, size }, object) => ({
      ...object,
      unit: unitOf(spec),
      size,
      tableId: 0,
    }));
    this.directCounters = names(
      'direct counter',
      p4info.directCounters,
      ({ spec, directTableId }, object) => ({
        ...object,
        unit: unitOf(spec),
        size: 0n,
        tableId: directTableId,
      }),
    );
    this.meters = names('meter', p4info.meters, ({ spec, size }, object) => ({
      ...object,
      unit: unitOf(spec),
      size,
      tableId: 0,
    }));
    this.directMeters = names('direct meter', p4info.directMeters, ({ spec, directTableId }, object) => ({
      ...object,
      unit: unitOf(spec),
      size: 0n,
      tableId: directTableId,
    }));
    this.registers = names('register', p4info.registers, ({ size, typeSpec }, object) => ({
      ...object,
      size,
      typeSpec: typeSpec ?? NO_TYPE,
    }));
    this.digests = names('digest', p4info.digests, ({ typeSpec }, object) => ({
      ...object,
      typeSpec: typeSpec ?? NO_TYPE,
    }));
    this.valueSets = names('value set', p4info.valueSets, ({ match, size }, object) => ({
      ...object,
      size,
      keys: keysOf(`value set ${object.name}`, match, types),
    }));
    this.packetHeaders = names(
      'controller header',
      p4info.controllerPacketMetadata,
      ({ metadata }, object) => ({
        ...object,
        fields: fieldsOf(object.name, 'field', metadata, types),
      }),
    );
    const referred = {
      actions: this.actions,
      profiles: this.actionProfiles,
      directCounters: this.directCounters,
      directMeters: this.directMeters,
    };
    this.tables = new Names(
      'table',
      OWNER,
      p4info.tables.map((table) => tableInfo(table, types, referred)),
    );
  }
}

const NO_TYPE = P4Info.from({ registers: [{ typeSpec: {} }] }).registers[0]!.typeSpec!;

type WithPreamble = { readonly preamble: p4.config.v1.Preamble | null };

function names<M extends WithPreamble, T extends ReturnType<typeof objectInfo>>(
  kind: string,
  messages: readonly M[],
  build: (message: M, object: ReturnType<typeof objectInfo>) => T,
): Names<T> {
  return new Names(
    kind,
    OWNER,
    messages.map((message) => build(message, objectInfo(kind, message.preamble))),
  );
}
