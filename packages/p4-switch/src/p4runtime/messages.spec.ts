// What the server says, word for word: fixtures/messages.txt is what a person reads, and a change of it is meant.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type Entity,
  type Init,
  P4RuntimeError,
  PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  type TableEntry,
} from 'p4runtime-js';
import { action, bytes, config, exact, id, macEntry, TestDevice } from '../../test/p4runtime-device.js';

const route = (more: Init<TableEntry>): Init<Entity> => ({
  tableEntry: { tableId: id('In.route'), action: action('In.metered', 4), ...more },
});
const acl = (more: Init<TableEntry>): Init<Entity> => ({
  tableEntry: { tableId: id('In.acl'), action: action('In.drop'), priority: 1, ...more },
});
const lpm = (value: number, prefixLen: number) => ({
  match: [{ fieldId: 1, lpm: { value: bytes(value), prefixLen } }],
});
const ternary = (value: number, mask: number) => ({
  match: [{ fieldId: 1, ternary: { value: bytes(value), mask: bytes(mask) } }],
});
const fallback = { match: [], isDefaultAction: true };
const paths = id('In.paths');
const group = (members: object[], more: object = {}): Init<Entity> => ({
  actionProfileGroup: { actionProfileId: paths, groupId: 1, members, ...more },
});
const pick = (tableAction: object): Init<Entity> => ({
  tableEntry: { tableId: id('In.select_path'), match: [exact(1)], action: tableAction },
});
const multicast = (more: object): Init<Entity> => ({
  packetReplicationEngineEntry: { multicastGroupEntry: { multicastGroupId: 1, ...more } },
});
const clone = (more: object): Init<Entity> => ({
  packetReplicationEngineEntry: { cloneSessionEntry: { sessionId: 1, ...more } },
});
const digest = (more: object): Init<Entity> => ({ digestEntry: { digestId: id('learn_t'), ...more } });
const setOf = (...values: number[]): Init<Entity> => ({
  valueSetEntry: { valueSetId: id('P.own_types'), members: values.map((v) => ({ match: [exact(v)] })) },
});
const counter = (index: number): Init<Entity> => ({
  counterEntry: { counterId: id('In.seen'), index: { index } },
});
const param = (value: Uint8Array) => ({
  action: { actionId: id('In.forward'), params: [{ paramId: 1, value }] },
});

const INSERTS: Init<Entity>[] = [
  { tableEntry: { tableId: 5 } },
  macEntry(1, { isConst: true }),
  macEntry(1, { match: [] }),
  macEntry(1, { match: [exact(1), exact(1)] }),
  macEntry(1, { match: [exact(1), exact(1, 7)] }),
  macEntry(1, lpm(1, 48)),
  macEntry(1n << 48n),
  macEntry(1, { match: [{ fieldId: 1, exact: {} }] }),
  macEntry(1, { priority: 3 }),
  macEntry(1, { action: null }),
  macEntry(1, { action: {} }),
  macEntry(1, { action: { action: { actionId: 5 } } }),
  macEntry(1, { action: action('In.miss_all') }),
  macEntry(1, { action: action('In.forward') }),
  macEntry(1, { action: action('In.forward', 1, 2) }),
  macEntry(1, { action: param(bytes(0x200)) }),
  macEntry(1, { action: { actionProfileMemberId: 1 } }),
  macEntry(1, { counterData: {} }),
  macEntry(1, { idleTimeoutNs: -1n }),
  macEntry(1, { timeSinceLastHit: {} }),
  macEntry(1, fallback),
  route({ ...lpm(0, 0) }),
  route({ ...lpm(0, 49) }),
  route({ ...lpm(1, 8) }),
  route({ idleTimeoutNs: 1n }),
  route({ meterConfig: { cir: -1n } }),
  route({ meterConfig: { cir: 1n } }),
  route({ meterConfig: { eburst: 1n } }),
  macEntry(1, { meterCounterData: {} }),
  acl({ priority: 0 }),
  acl({ ...ternary(0, 0) }),
  acl({ ...ternary(1, 2) }),
  { tableEntry: { tableId: id('In.fixed'), ...ternary(1, 1), priority: 9 } },
  pick(action('In.drop')),
  pick({ actionProfileMemberId: 9 }),
  pick({ actionProfileActionSet: { groupAction: { actionId: 1 } } }),
  pick({ actionProfileActionSet: { actionSelectionMode: 2 } }),
  pick({ actionProfileActionSet: { sizeSemantics: 2 } }),
  pick({ actionProfileActionSet: { actionProfileActions: [{ weight: 1 }] } }),
  { actionProfileMember: { actionProfileId: paths } },
  { actionProfileMember: { actionProfileId: paths, memberId: 1 } },
  group([], { groupId: 0 }),
  group([{ memberId: 1 }]),
  group([{ memberId: 9, weight: 1 }]),
  group([
    { memberId: 9, weight: 1 },
    { memberId: 9, weight: 1 },
  ]),
  group([{ memberId: 9, weight: 1, watchPort: bytes(4) }]),
  group([{ memberId: 9, weight: 2 }], { maxSize: 1 }),
  { actionProfileGroup: { actionProfileId: id('In.hops'), groupId: 1 } },
  counter(1),
  multicast({ multicastGroupId: 0 }),
  multicast({ replicas: [{}] }),
  multicast({ replicas: [{ port: bytes(1) }, { egressPort: 1 }] }),
  multicast({ replicas: [{ port: bytes(1), backupReplicas: [{}] }] }),
  clone({ sessionId: 0 }),
  clone({ classOfService: 9 }),
  { packetReplicationEngineEntry: {} },
  digest({}),
  digest({ digestId: 1 }),
  digest({ config: { maxListSize: -1 } }),
  { externEntry: {} },
];
const MODIFIES: Init<Entity>[] = [
  macEntry(9),
  macEntry(9, { ...fallback, priority: 1 }),
  macEntry(9, { ...fallback, idleTimeoutNs: 1n }),
  macEntry(9, { ...fallback, action: action('In.only_entry') }),
  acl({ ...fallback, priority: 0 }),
  { tableEntry: { tableId: id('In.select_path'), ...fallback } },
  {
    tableEntry: {
      tableId: id('In.fixed'),
      ...ternary(0x9001, 0xffff),
      priority: 2,
      action: action('In.drop'),
    },
  },
  counter(-1),
  counter(4),
  { registerEntry: { registerId: id('In.plain') } },
  { registerEntry: { registerId: id('In.plain'), data: { bool: true } } },
  { registerEntry: { registerId: id('In.signed'), data: { bitstring: bytes(0x800) } } },
  setOf(1, 1),
  setOf(1, 2, 3),
  { directCounterEntry: {} },
  { directCounterEntry: { tableEntry: { tableId: id('In.acl') } } },
  group([]),
  multicast({}),
  clone({}),
  digest({ config: {} }),
];
const READS: Init<Entity>[] = [
  { tableEntry: { priority: 1 } },
  { tableEntry: { tableId: id('In.acl'), action: { action: { actionId: 1 } } } },
  { tableEntry: { tableId: id('In.route'), timeSinceLastHit: {} } },
  { counterEntry: { index: { index: 1 } } },
  { directCounterEntry: { tableEntry: { tableId: id('In.route'), ...lpm(0, 1) } } },
];

function said(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof P4RuntimeError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('P4Runtime error messages', () => {
  it('are those of fixtures/messages.txt', () => {
    const device = TestDevice.running();
    const packet = (...metadata: { metadataId: number; value: Uint8Array }[]) =>
      said(() => device.device.packetOut(PacketOut.from({ metadata })));
    const set = (more: Parameters<typeof config>[0]) =>
      said(() => device.device.setPipeline(PipelineAction.VERIFY, config(more)));
    const one = { metadataId: 1, value: bytes(1) };
    const found = [
      '# INSERT',
      ...INSERTS.map((entity) => said(() => device.insert(entity))),
      '# MODIFY',
      ...MODIFIES.map((entity) => said(() => device.modify(entity))),
      '# Read',
      ...READS.map((pattern) => said(() => device.read(pattern))),
      '# PacketOut',
      packet(one, one),
      packet(one),
      packet(one, { metadataId: 2, value: bytes(1) }, { metadataId: 8, value: bytes(1) }),
      '# SetForwardingPipelineConfig',
      set({ p4info: null }),
      set({ p4DeviceConfig: new Uint8Array() }),
      set({ p4DeviceConfig: Buffer.from('[]') }),
      set({ p4info: { tables: [{ preamble: { name: 'In.acl' } }] } }),
      set({ p4info: { tables: [{ preamble: { id: 1, name: 'In.none' } }] } }),
      set({ p4info: { tables: [{ preamble: { id: 1, name: 'In.acl' } }] } }),
      said(() => device.device.setPipeline(PipelineAction.COMMIT, null)),
      said(() => new TestDevice().insert(macEntry(1))),
    ];
    const golden = new URL('./fixtures/messages.txt', import.meta.url);
    const text = `${found.join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
    assert.ok(!found.includes('nothing'));
  });
});
