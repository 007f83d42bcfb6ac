import type { Environment } from '../externs/clock.js';
import { CounterArray } from '../externs/counter-array.js';
import { MeterArray } from '../externs/meter.js';
import { RegisterArray } from '../externs/register-array.js';
import type { Action, LearnList, Program } from '../ir/program.js';
import type { ControlPlane, DigestInfo } from '../switch/control-plane.js';
import { ActionProfile } from '../tables/action-profile.js';
import { MatchTable } from '../tables/match-table.js';
import { ValueSetState } from './value-set.js';

/** All state that outlives a packet: both engines run over the same tables, counters, meters and registers. */
export class Runtime implements ControlPlane {
  readonly tableList: readonly MatchTable[];
  readonly profileList: readonly ActionProfile[];
  readonly counterList: readonly CounterArray[];
  readonly meterList: readonly MeterArray[];
  readonly registerList: readonly RegisterArray[];
  readonly valueSetList: readonly ValueSetState[];

  readonly tables: ReadonlyMap<string, MatchTable>;
  readonly profiles: ReadonlyMap<string, ActionProfile>;
  readonly counters: ReadonlyMap<string, CounterArray>;
  readonly meters: ReadonlyMap<string, MeterArray>;
  readonly registers: ReadonlyMap<string, RegisterArray>;
  readonly valueSets: ReadonlyMap<string, ValueSetState>;
  readonly digests: ReadonlyMap<string, DigestInfo>;
  readonly directCounters: ReadonlyMap<string, string>;
  readonly directMeters: ReadonlyMap<string, string>;

  constructor(
    readonly program: Program,
    readonly environment: Environment,
  ) {
    const now = (): number => environment.now();
    this.profileList = program.profiles.map((profile) => {
      const actions = new Set<Action>();
      for (const table of program.tables) {
        if (table.profile === profile) for (const action of table.actions) actions.add(action);
      }
      return new ActionProfile(profile, [...actions]);
    });
    this.tableList = program.tables.map(
      (table) => new MatchTable(table, table.profile && this.profileList[table.profile.index], now),
    );
    this.counterList = program.counters.map((counter) => new CounterArray(counter));
    this.meterList = program.meters.map((meter) => new MeterArray(meter, now));
    this.registerList = program.registers.map((register) => new RegisterArray(register));
    this.valueSetList = program.valueSets.map((set) => new ValueSetState(set));

    this.tables = new Map(this.tableList.map((table) => [table.decl.name, table]));
    this.profiles = byName(this.profileList);
    this.counters = byName(this.counterList.filter((_, index) => !program.counters[index]!.table));
    this.meters = byName(this.meterList.filter((_, index) => !program.meters[index]!.table));
    this.registers = byName(this.registerList);
    this.valueSets = byName(this.valueSetList);
    this.digests = new Map(program.learnLists.map((list) => [list.name, digestInfo(list)]));
    this.directCounters = new Map(
      program.counters.flatMap(({ name, table }) => (table === undefined ? [] : [[name, table] as const])),
    );
    this.directMeters = new Map(
      program.meters.flatMap(({ name, table }) => (table === undefined ? [] : [[name, table] as const])),
    );
  }
}

export function digestInfo(list: LearnList): DigestInfo {
  return {
    name: list.name,
    id: list.id,
    fields: list.fields.map((field) => ({ name: `${field.header.name}.${field.name}`, width: field.width })),
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}
