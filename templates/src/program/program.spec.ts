import assert from 'node:assert/strict';
import type { P4Info } from 'p4runtime-js';
import { generate } from '../generate/index.js';
import { quickstart } from '../testing.js';
import {
  ACTIONS,
  COUNTERS,
  FLOOD_GROUP,
  ORDINARY,
  PACKET_IN,
  PACKET_OUT,
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
