// What the tests of single entities leave: action sets in full, backup replicas, colors, types of headers.
import assert from 'node:assert/strict';
import {
  actionProfileGroup,
  type DataInput,
  decodeData,
  decodeTableEntry,
  Entity,
  encodeData,
  entityKey,
  meterEntry,
  multicastGroup,
  P4InfoIndex,
  p4,
  type TableEntrySpec,
  tableEntry,
  tablePattern,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';

const index = new P4InfoIndex(exampleP4Info());
const balance = { table: 'balance', match: { vrf: 'red', 'hdr.ipv4.dst': '10.0.0.1' } };

describe('one-shot action sets', () => {
  const spec: TableEntrySpec = {
    ...balance,
    actionSet: [{ action: 'drop', weight: 2, watchPort: 3 }],
    selectionMode: 'RANDOM',
    sizeSemantics: 'SUM_OF_MEMBERS',
    groupAction: { action: 'drop' },
  };
  it('hold mode, semantics, a group action and watched ports', () => {
    const set = tableEntry(index, spec).tableEntry?.action?.actionProfileActionSet;
    assert.equal(set?.actionSelectionMode, 2);
    assert.equal(set?.sizeSemantics, 2);
    assert.equal(set?.groupAction?.actionId, index.actions.get('drop').id);
    assert.deepEqual(set?.actionProfileActions[0]?.watchPort, Uint8Array.of(3));
  });
  it('come back as the text that builds them', () => {
    const entity = tableEntry(index, spec);
    assert.deepEqual(tableEntry(index, decodeTableEntry(index, entity.tableEntry!)), entity);
  });
  it('keep actions that are alike apart', () => {
    const twice = tableEntry(index, { ...balance, actionSet: [{ action: 'drop' }, { action: 'drop' }] });
    assert.equal(twice.tableEntry?.action?.actionProfileActionSet?.actionProfileActions.length, 2);
  });
});

describe('ports, colors and hits', () => {
  it('are written as numbers', () => {
    const members = [{ id: 1, watchPort: 300 }];
    const group = actionProfileGroup(index, { profile: 'selector', id: 1, members }).actionProfileGroup;
    assert.deepEqual(group?.members[0]?.watchPort, Uint8Array.of(1, 44));
    const metadata = Uint8Array.of(9);
    const replicas = [{ port: 1, backups: [{ port: 2 }, { port: 3, instance: 4 }] }];
    const entry = multicastGroup({ id: 1, metadata, replicas }).packetReplicationEngineEntry;
    assert.deepEqual(entry?.multicastGroupEntry?.metadata, metadata);
    assert.deepEqual(
      entry?.multicastGroupEntry?.replicas[0]?.backupReplicas.map(({ port, instance }) => [
        port[0],
        instance,
      ]),
      [
        [2, 0],
        [3, 4],
      ],
    );
  });
  it('are asked for in patterns', () => {
    const pattern = tablePattern(index, { table: 'acl', meterCounters: true, timeSinceLastHit: true });
    assert.notEqual(pattern.tableEntry?.meterCounterData, null);
    assert.notEqual(meterEntry(index, { meter: 'limit', counters: true }).meterEntry?.counterData, null);
  });
  it('of an entry that was read say when it was last hit', () => {
    const { tableEntry: entry } = Entity.from({
      tableEntry: { tableId: index.tables.get('acl').id, timeSinceLastHit: { elapsedNs: 5n } },
    });
    assert.equal(decodeTableEntry(index, entry!).sinceLastHitNs, 5n);
  });
});

describe('header unions', () => {
  const types = p4.config.v1.P4TypeInfo.from({
    headers: { h: { members: [{ name: 'x', typeSpec: { bit: { bitwidth: 8 } } }] } },
    headerUnions: { u: { members: [{ name: 'one', header: { name: 'h' } }] } },
  });
  const union = p4.config.v1.P4DataTypeSpec.from({ headerUnion: { name: 'u' } });
  const stack = p4.config.v1.P4DataTypeSpec.from({
    headerUnionStack: { headerUnion: { name: 'u' }, size: 2 },
  });
  it('are an object with the member that is valid, or null', () => {
    for (const value of [{ one: { x: 7n } }, null])
      assert.deepEqual(decodeData(union, encodeData(union, value, types), types), value);
    const values = [null, { one: { x: 1n } }];
    assert.deepEqual(decodeData(stack, encodeData(stack, values, types), types), values);
  });
  it('are refused with two members, or one that is unknown', () => {
    const wrong: DataInput[] = [{}, { two: null }, 5, { one: { x: 1 }, two: null }];
    for (const value of wrong)
      assert.throws(() => encodeData(union, value, types), /expected null or an object with one of one/);
  });
});

describe('the key of an entity', () => {
  it('has nothing to do with the rest of it, or the order of match fields', () => {
    const match = { 'hdr.ethernet.src': '1&&&1', 'hdr.udp.dport': '1..2' };
    const one = tableEntry(index, { table: 'acl', match, priority: 5, action: 'drop' });
    const other = tableEntry(index, { table: 'acl', match, priority: 5 });
    other.tableEntry?.match.reverse();
    assert.equal(entityKey(one), entityKey(other));
    assert.notEqual(entityKey(one), entityKey(tableEntry(index, { table: 'acl', match, priority: 6 })));
    assert.notEqual(entityKey(multicastGroup({ id: 1 })), entityKey(multicastGroup({ id: 2 })));
  });
});
