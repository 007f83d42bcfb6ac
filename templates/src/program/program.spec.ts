import assert from 'node:assert/strict';
import type { P4Info } from 'p4runtime-js';
import { generate } from '../generate/index.js';
import { capability, coherent, leafSpine, quickstart } from '../testing.js';
import {
  ACTIONS,
  CAPABILITY_ACTIONS,
  CAPABILITY_TABLES,
  COHERENCE_ACTIONS,
  COHERENCE_TABLES,
  COHERENT_PACKET_OUT,
  COUNTERS,
  FABRIC_ACTIONS,
  FABRIC_PUNTS,
  FABRIC_TABLES,
  FLOOD_GROUP,
  MISS_DIGEST,
  ORDINARY,
  PACKET_IN,
  PACKET_OUT,
  PATHS_PROFILE,
  PUNTS,
  REASONS,
  REFUSAL_DIGEST,
  TABLES,
} from './index.js';

interface Named {
  readonly preamble?: { readonly id: number; readonly alias: string } | null;
}

function called<T extends Named>(list: readonly T[], alias: string): T {
  const found = list.find(({ preamble }) => preamble?.alias === alias);
  assert.ok(
    found,
    `the program has no ${alias}; it has ${list.map(({ preamble }) => preamble?.alias).join(', ')}`,
  );
  return found;
}

const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

for (const target of ['bmv2', 'tofino'] as const) {
  describe(`the names of the program for ${target}`, () => {
    let info: P4Info;
    before(() => {
      info = generate(quickstart(), { target }).p4info;
    });

    for (const table of Object.values(TABLES)) {
      it(`has the table ${table.name} with its keys`, () => {
        assert.deepEqual(names(called(info.tables, table.name).matchFields), Object.values(table.keys));
      });
    }

    for (const action of Object.values(ACTIONS)) {
      it(`has the action ${action.name} with its parameters`, () => {
        assert.deepEqual(names(called(info.actions, action.name).params), action.params);
      });
    }

    describe('of a fabric of several switches', () => {
      let several: P4Info;
      before(() => {
        several = generate(leafSpine(), { target }).p4info;
      });

      for (const table of [...Object.values(TABLES), ...Object.values(FABRIC_TABLES)]) {
        it(`has the table ${table.name} with its keys`, () => {
          assert.deepEqual(names(called(several.tables, table.name).matchFields), Object.values(table.keys));
        });
      }

      for (const action of Object.values(FABRIC_ACTIONS)) {
        it(`has the action ${action.name} with its parameters`, () => {
          assert.deepEqual(names(called(several.actions, action.name).params), action.params);
        });
      }

      it('chooses among paths by a selector', () => {
        const profile = called(several.actionProfiles, PATHS_PROFILE);
        const table = called(several.tables, FABRIC_TABLES.nextHops.name);
        assert.equal(profile.withSelector, true);
        assert.equal(table.implementationId, profile.preamble?.id);
      });

      it('counts hellos', () => {
        assert.ok(Number(called(several.counters, COUNTERS.punted).size) > FABRIC_PUNTS.HELLO);
      });
    });

    it('is without any of it where there is one switch', () => {
      const fabricTables: string[] = Object.values(FABRIC_TABLES).map(({ name }) => name);
      assert.deepEqual(
        info.tables.filter(({ preamble }) => fabricTables.includes(preamble?.alias ?? '')),
        [],
      );
      assert.deepEqual(info.actionProfiles, []);
    });

    it('has counters with a cell for each reason and each cause', () => {
      const cells = (name: string) => Number(called(info.counters, name).size);
      assert.equal(cells(COUNTERS.refused), Object.keys(REASONS).length);
      assert.equal(cells(COUNTERS.punted), Math.max(...Object.values(PUNTS)) + 1);
      assert.equal(cells(COUNTERS.ordinary), Object.keys(ORDINARY).length);
    });

    it('has a direct counter for each table that the controller fills', () => {
      for (const key of ['sourceGuard', 'permission', 'routes'] as const) {
        const counter = called(info.directCounters, COUNTERS.direct[key]);
        assert.equal(counter.directTableId, called(info.tables, TABLES[key].name).preamble?.id);
      }
    });

    it('has the headers of packet-in and packet-out', () => {
      for (const header of [PACKET_IN, PACKET_OUT]) {
        assert.deepEqual(names(called(info.controllerPacketMetadata, header.name).metadata), header.fields);
      }
    });

    it('has the digest of refusals, with its fields', () => {
      const { typeSpec } = called(info.digests, REFUSAL_DIGEST.name);
      const members = info.typeInfo?.structs[typeSpec?.struct?.name ?? '']?.members ?? [];
      assert.deepEqual(names(members), REFUSAL_DIGEST.fields);
    });

    it('floods to a group that P4Runtime allows', () => assert.ok(FLOOD_GROUP > 0));
  });
}

/** Every program that extends the one of the quick start: what it adds has the names that the controller knows. */
for (const [what, fabric, tables, actions] of [
  ['with a directory in the switch', coherent, COHERENCE_TABLES, COHERENCE_ACTIONS],
  ['where clients show capabilities', capability, CAPABILITY_TABLES, CAPABILITY_ACTIONS],
] as const) {
  describe(`the names of the program ${what}`, () => {
    let info: P4Info;
    before(() => {
      info = generate(fabric(), { target: 'bmv2' }).p4info;
    });

    for (const { name, keys } of Object.values<{ name: string; keys: object }>(tables)) {
      it(`has the table ${name} with its keys`, () => {
        assert.deepEqual(names(called(info.tables, name).matchFields), Object.values(keys));
      });
    }

    for (const { name, params } of Object.values<{ name: string; params: readonly string[] }>(actions)) {
      it(`has the action ${name} with its parameters`, () => {
        assert.deepEqual(names(called(info.actions, name).params), params);
      });
    }
  });
}

it('a coherent program takes frames of the controller as requests, and tells it of pages without a slot', () => {
  const info = generate(coherent(), { target: 'bmv2' }).p4info;
  const { name, fields } = COHERENT_PACKET_OUT;
  assert.deepEqual(names(called(info.controllerPacketMetadata, name).metadata), fields);
  const { typeSpec } = called(info.digests, MISS_DIGEST.name);
  const members = info.typeInfo?.structs[typeSpec?.struct?.name ?? '']?.members ?? [];
  assert.deepEqual(names(members), MISS_DIGEST.fields);
});
