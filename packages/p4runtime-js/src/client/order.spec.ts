import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  actionProfileGroup,
  actionProfileMember,
  Code,
  cloneSession,
  directCounterEntry,
  type Entity,
  insert,
  modify,
  multicastGroup,
  P4InfoIndex,
  P4RuntimeClient,
  P4RuntimeError,
  remove,
  tableEntry,
  type Update,
  UpdateType,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';
import { startFakeSwitch } from '../testing/index.js';
import { stagesOf } from './order.js';

const index = new P4InfoIndex(exampleP4Info());
const makers: readonly ((i: number) => Entity)[] = [
  (i) => actionProfileMember(index, { profile: 'selector', id: i + 1, action: 'drop' }),
  (i) => actionProfileGroup(index, { profile: 'selector', id: i + 1, members: [{ id: i + 1 }] }),
  (i) => tableEntry(index, { table: 'balance', match: { vrf: 'v', 'hdr.ipv4.dst': i }, group: i + 1 }),
  (i) => multicastGroup({ id: i + 1 }),
  (i) => cloneSession({ id: i + 1 }),
  (i) =>
    directCounterEntry(index, {
      table: 'ipv6_route',
      match: { 'hdr.ipv6.dst': { value: BigInt(i), prefixLength: 128 } },
    }),
];
/** Whether `a` refers to `b`, or may. */
const needs = (a: Entity, b: Entity): boolean => {
  const table = a.tableEntry;
  if (a.directCounterEntry) return b.entity === 'tableEntry';
  if (table) return b.entity !== 'tableEntry' && b.entity !== 'directCounterEntry';
  return a.entity === 'actionProfileGroup' && b.entity === 'actionProfileMember';
};
const updates = fc
  .uniqueArray(
    fc.record({ maker: fc.nat(makers.length - 1), i: fc.nat(5), type: fc.constantFrom(1, 2, 3) }),
    {
      selector: ({ maker, i }) => `${maker} ${i}`,
    },
  )
  .map((all) => all.map(({ maker, i, type }) => ({ type, entity: makers[maker]!(i) }) as Update));

describe('writing in order', () => {
  it('puts every update into one stage, in the order in which they were given', () => {
    fc.assert(
      fc.property(updates, fc.constantFrom('first' as const, 'last' as const), (all, deletes) => {
        const stages = stagesOf(all, deletes);
        const positions = stages.flatMap((stage) => stage.positions);
        assert.deepEqual(
          [...positions].sort((a, b) => a - b),
          all.map((_, i) => i),
        );
        for (const stage of stages)
          assert.deepEqual(
            stage.positions,
            [...stage.positions].sort((a, b) => a - b),
          );
      }),
    );
  });

  it('writes what is needed in an earlier stage, and deletes it in a later one', () => {
    fc.assert(
      fc.property(updates, fc.constantFrom('first' as const, 'last' as const), (all, deletes) => {
        const stageOf = new Map<number, number>();
        stagesOf(all, deletes).forEach(({ positions }, stage) => {
          for (const position of positions) stageOf.set(position, stage);
        });
        all.forEach((a, i) => {
          all.forEach((b, j) => {
            const gone = [a, b].map(({ type }) => type === UpdateType.DELETE);
            if (gone[0] !== gone[1]) {
              const deleted = gone[0] ? i : j;
              const other = gone[0] ? j : i;
              assert.equal(stageOf.get(deleted)! < stageOf.get(other)!, deletes === 'first');
            } else if (needs(a.entity!, b.entity!)) {
              assert.equal(stageOf.get(i)! > stageOf.get(j)!, !gone[0]);
            }
          });
        });
      }),
    );
  });

  it('is refused for an entity that is both deleted and written, before anything is sent', () => {
    const entry = makers[2]!(1);
    assert.throws(
      () => stagesOf([insert(entry), remove(entry)], 'first', () => 'that entry'),
      (error) =>
        error instanceof P4RuntimeError &&
        error.code === Code.INVALID_ARGUMENT &&
        /both deleted and written: that entry; use MODIFY alone, or two calls/.test(error.message),
    );
  });

  it('goes to the switch stage by stage, and names failures by their place in the list', async () => {
    const fake = await startFakeSwitch({ pipeline: { p4info: exampleP4Info() } });
    const client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1 });
    await client.getPipeline();
    const [member, group, entry, multicast] = makers.map((make) => make(0));
    await client.writeOrdered([insert(entry!), insert(group!), insert(multicast!), insert(member!)]);
    assert.deepEqual(
      fake.device.updates.splice(0).map(({ entity }) => entity?.entity),
      ['packetReplicationEngineEntry', 'actionProfileMember', 'actionProfileGroup', 'tableEntry'],
    );
    const failing = client.writeOrdered(
      [remove(member!), remove(makers[2]!(9)), remove(group!), remove(entry!), modify(makers[0]!(7))],
      { batchSize: 1 },
    );
    await assert.rejects(failing, (error) => {
      assert.ok(error instanceof P4RuntimeError);
      assert.deepEqual(
        error.details.map((detail) => [detail.index, detail.code]),
        [
          [1, Code.NOT_FOUND],
          [4, Code.NOT_FOUND],
        ],
      );
      return true;
    });
    assert.deepEqual(
      fake.device.updates.map(({ entity }) => entity?.entity),
      ['tableEntry', 'actionProfileGroup', 'actionProfileMember'],
    );
    client.close();
    await fake.stop();
  });
});
