import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  Code,
  counterEntry,
  type DigestList,
  digestEntry,
  Entity,
  ensurePipeline,
  type IdleTimeoutNotification,
  insert,
  modify,
  multicastGroup,
  P4RuntimeClient,
  P4RuntimeError,
  PacketIn,
  type PacketOut,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  pipelineCookie,
  GetForwardingPipelineConfigRequestResponseType as ResponseType,
  remove,
  tableEntry,
  tablePattern,
  Update,
  WriteRequestAtomicity,
} from '../index.js';
import { exampleP4Info } from '../testing/example-p4info.js';
import { type FakeSwitch, type FakeSwitchOptions, startFakeSwitch } from '../testing/index.js';
import { fails } from './fails.helper.spec.js';

const p4info = exampleP4Info();

describe('calls', () => {
  let fake: FakeSwitch;
  let client: P4RuntimeClient;
  const start = async (options: FakeSwitchOptions = { pipeline: { p4info } }) => {
    fake = await startFakeSwitch(options);
    client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1 });
    if (options.pipeline) await client.getPipeline();
  };
  const route = (i: number, action = 'forward') =>
    tableEntry(client.index!, {
      table: 'ipv6_route',
      match: { 'hdr.ipv6.dst': `fdbb:${i.toString(16)}::/32` },
      action,
      params: { port: 1, mac: 1 },
    });
  afterEach(async () => {
    client.close();
    await fake.stop();
  });

  describe('Write', () => {
    it('sends a thousand entries in batches', async () => {
      await start();
      await client.write(Array.from({ length: 1000 }, (_, i) => insert(route(i))));
      assert.equal(fake.device.store.all().length, 1000);
      await client.write(
        Array.from({ length: 1000 }, (_, i) => remove(route(i))),
        { batchSize: 1000 },
      );
      assert.equal(fake.device.store.all().length, 0);
    });

    it('names each update that failed, by its place among all, and carries out the others', async () => {
      await start();
      await client.write([insert(route(300)), insert(route(999))]);
      const writing = client.write(Array.from({ length: 1000 }, (_, i) => insert(route(i))));
      await assert.rejects(writing, (error) => {
        fails(
          Code.ALREADY_EXISTS,
          /^ALREADY_EXISTS: Write to 127.0.0.1:\d+: 2 of 1000 failed: INSERT Ingress.ipv6_route {hdr.ipv6.dst: fdbb:12c::\/32} -> .*: ALREADY_EXISTS, the entity exists already; use MODIFY; INSERT .*3e7/,
        )(error);
        assert.deepEqual(
          (error as P4RuntimeError).details.map(({ index, code }) => [index, code]),
          [
            [300, Code.ALREADY_EXISTS],
            [999, Code.ALREADY_EXISTS],
          ],
        );
        return true;
      });
      assert.equal(fake.device.store.all().length, 1000);
    });

    it('survives a thousand failures in one batch, whose error details would be too big for a trailer', async () => {
      await start();
      const updates = Array.from({ length: 1000 }, (_, i) => insert(route(i)));
      await client.write(updates);
      fake.device.beforeWrite = () => {
        throw new P4RuntimeError('x'.repeat(500), Code.RESOURCE_EXHAUSTED);
      };
      await assert.rejects(client.write(updates, { batchSize: 1000 }), (error) => {
        fails(
          Code.RESOURCE_EXHAUSTED,
          /1000 of 1000 failed: INSERT .*RESOURCE_EXHAUSTED, x+.* and 995 more/,
        )(error);
        assert.deepEqual(
          (error as P4RuntimeError).details.map(({ index }) => index),
          updates.map((_, i) => i),
        );
        return true;
      });
      fake.device.beforeWrite = undefined;
      assert.equal((await client.readAll([tablePattern(client.index!)])).length, 1000);
    });

    it('says so when a batch is too big for any details', async () => {
      await start();
      await assert.rejects(
        client.write(
          Array.from({ length: 2000 }, (_, i) => remove(route(i))),
          { batchSize: 2000 },
        ),
        fails(
          Code.UNKNOWN,
          /2000 updates are too many for a status of each one; send at most \d+ at a time. 2000 of 2000 updates failed: update 0: NOT_FOUND/,
        ),
      );
    });

    it('gives one code where all failed alike, UNKNOWN where not', async () => {
      await start();
      await client.write([insert(route(1))]);
      await assert.rejects(
        client.write([insert(route(1)), remove(route(2))]),
        fails(Code.UNKNOWN, /2 of 2 failed: INSERT .*ALREADY_EXISTS.*; DELETE .*NOT_FOUND/),
      );
    });

    const malformed: [string, Update, RegExp][] = [
      [
        'no type',
        Update.from({ entity: {} }),
        /INVALID_ARGUMENT, the update's type is not set; it is INSERT, MODIFY or DELETE/,
      ],
      ['no entity', insert(Entity.from({})), /INVALID_ARGUMENT, the update has no entity/],
    ];
    for (const [name, update, pattern] of malformed) {
      it(`is refused for an update with ${name}`, async () => {
        await start();
        await assert.rejects(client.write([update]), fails(Code.INVALID_ARGUMENT, pattern));
      });
    }

    it('of all or nothing changes nothing when one update fails', async () => {
      await start();
      await client.write([insert(route(1))]);
      await assert.rejects(
        client.write([insert(route(2)), insert(route(1)), insert(route(3))], {
          atomicity: WriteRequestAtomicity.ROLLBACK_ON_ERROR,
        }),
        (error) => {
          const { details } = error as P4RuntimeError;
          assert.deepEqual(
            details.map(({ code }) => code),
            [Code.ABORTED, Code.ALREADY_EXISTS, Code.ABORTED],
          );
          return true;
        },
      );
      assert.deepEqual(fake.device.store.all(), [route(1)]);
      await client.write([insert(route(2)), remove(route(1))], {
        atomicity: WriteRequestAtomicity.DATAPLANE_ATOMIC,
      });
      assert.deepEqual(fake.device.store.all(), [route(2)]);
    });

    it('needs a pipeline', async () => {
      await start({});
      await assert.rejects(
        client.write([insert(multicastGroup({ id: 1 }))]),
        fails(
          Code.FAILED_PRECONDITION,
          /device 1 has no forwarding pipeline yet; send SetForwardingPipelineConfig/,
        ),
      );
    });

    it('modifies cells and default entries that nobody inserted', async () => {
      await start();
      await client.write([
        modify(counterEntry(client.index!, { counter: 'denied', index: 0, value: { packets: 3 } })),
        modify(tableEntry(client.index!, { table: 'acl', isDefault: true, action: 'drop' })),
      ]);
      const [cell] = await client.readAll([counterEntry(client.index!, { counter: 'denied' })]);
      assert.equal(cell?.counterEntry?.data?.packetCount, 3n);
    });
  });

  describe('Read', () => {
    it('brings more than the 4 MiB that gRPC takes by default', async () => {
      await start();
      const payload = new Uint8Array(1024).fill(7);
      const count = 6000;
      for (let i = 0; i < count; i++)
        fake.device.store.put(
          Entity.from({ tableEntry: { tableId: 1, priority: i + 1, metadata: payload } }),
        );
      let seen = 0;
      for await (const { tableEntry } of client.read([tablePattern(client.index!)])) {
        seen++;
        assert.equal(tableEntry?.metadata.length, 1024);
      }
      assert.equal(seen, count);
    });

    it('takes one message of more than 4 MiB', async () => {
      await start();
      fake.device.store.put(
        Entity.from({ tableEntry: { tableId: 1, metadata: new Uint8Array(6 * 1024 * 1024) } }),
      );
      const [entity] = await client.readAll([tablePattern(client.index!)]);
      assert.equal(entity?.tableEntry?.metadata.length, 6 * 1024 * 1024);
    });

    it('can be left in the middle', async () => {
      await start();
      await client.write(Array.from({ length: 500 }, (_, i) => insert(route(i))));
      for await (const entity of client.read([tablePattern(client.index!)])) {
        assert.equal(entity.entity, 'tableEntry');
        break;
      }
      assert.equal((await client.readAll([tablePattern(client.index!)])).length, 500);
    });

    it('yields what was found before it names the pattern that failed', async () => {
      await start();
      await client.write([insert(route(1))]);
      const found: Entity[] = [];
      const reading = async () => {
        for await (const entity of client.read([
          tablePattern(client.index!),
          Entity.from({}),
          tablePattern(client.index!),
        ]))
          found.push(entity);
      };
      await assert.rejects(
        reading(),
        fails(
          Code.INVALID_ARGUMENT,
          /Read from .*: 1 of 3 failed: an entity that is not set: INVALID_ARGUMENT, the pattern has no entity; set one/,
        ),
      );
      assert.equal(found.length, 2);
    });

    it('filters by table, key and action', async () => {
      await start();
      await client.write([
        insert(route(1)),
        insert(route(2)),
        insert(tableEntry(client.index!, { table: 'acl', priority: 1, action: 'drop' })),
      ]);
      const count = async (pattern: Parameters<typeof tablePattern>[1]) =>
        (await client.readAll([tablePattern(client.index!, pattern)])).length;
      assert.equal(await count({}), 3);
      assert.equal(await count({ table: 'ipv6_route' }), 2);
      assert.equal(await count({ table: 'ipv6_route', match: { 'hdr.ipv6.dst': 'fdbb:2::/32' } }), 1);
      assert.equal(await count({ table: 'acl', action: 'forward' }), 0);
    });
  });

  describe('pipelines', () => {
    const config = { p4info, p4DeviceConfig: Uint8Array.of(1, 2, 3), cookie: { cookie: 2n ** 63n } };

    it('are set, and read back in parts', async () => {
      await start({});
      assert.equal(await client.getPipeline(), null);
      await client.setPipeline(config);
      assert.equal(client.index?.tables.all.length, 3);
      assert.deepEqual((await client.getPipeline())?.p4info, p4info);
      const cookieOnly = await client.getPipeline({ responseType: ResponseType.COOKIE_ONLY });
      assert.deepEqual(
        [cookieOnly?.cookie?.cookie, cookieOnly?.p4info, cookieOnly?.p4DeviceConfig.length],
        [2n ** 63n, null, 0],
      );
      const device = await client.getPipeline({ responseType: ResponseType.DEVICE_CONFIG_AND_COOKIE });
      assert.deepEqual([device?.p4DeviceConfig, device?.p4info], [Uint8Array.of(1, 2, 3), null]);
    });

    it('know all five actions', async () => {
      await start({});
      const { VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, COMMIT, RECONCILE_AND_COMMIT } = PipelineAction;
      await assert.rejects(
        client.setPipeline(null, { action: COMMIT }),
        fails(Code.NOT_FOUND, /SetForwardingPipelineConfig to .*: no config was saved/),
      );
      await client.setPipeline(config, { action: VERIFY });
      assert.equal(fake.device.pipeline, null);
      await client.setPipeline(config, { action: VERIFY_AND_SAVE });
      await client.setPipeline(null, { action: COMMIT });
      await client.setPipeline(config, { action: VERIFY_AND_COMMIT });
      await client.setPipeline(config, { action: RECONCILE_AND_COMMIT });
      assert.deepEqual(fake.device.pipelineActions, [
        VERIFY,
        VERIFY_AND_SAVE,
        COMMIT,
        VERIFY_AND_COMMIT,
        RECONCILE_AND_COMMIT,
      ]);
      await assert.rejects(
        client.setPipeline(config, { action: COMMIT }),
        fails(Code.INVALID_ARGUMENT, /COMMIT takes no config/),
      );
      await assert.rejects(
        client.setPipeline(null, { action: VERIFY }),
        fails(Code.INVALID_ARGUMENT, /VERIFY needs a config/),
      );
      await assert.rejects(
        client.setPipeline(config, { action: 0 }),
        fails(Code.INVALID_ARGUMENT, /the action is not set; it is one of VERIFY, VERIFY_AND_SAVE/),
      );
    });

    it('are left alone where the device runs them already', async () => {
      await start({});
      assert.equal(await ensurePipeline(client, config), 'replaced');
      assert.equal(await ensurePipeline(client, config), 'unchanged');
      assert.equal(fake.device.pipeline?.cookie?.cookie, pipelineCookie(config));
      await client.write([insert(route(1))]);
      const other = { ...config, p4DeviceConfig: Uint8Array.of(9) };
      assert.equal(await ensurePipeline(client, other, { keepEntries: true }), 'reconciled');
      assert.equal(fake.device.store.all().length, 1);
      assert.equal(await ensurePipeline(client, config), 'replaced');
      assert.equal(fake.device.store.all().length, 0);
    });

    it('are replaced by a target that cannot reconcile', async () => {
      await start({ unimplemented: [PipelineAction.RECONCILE_AND_COMMIT] });
      await ensurePipeline(client, config);
      assert.equal(
        await ensurePipeline(client, { ...config, p4DeviceConfig: Uint8Array.of(9) }, { keepEntries: true }),
        'replaced',
      );
    });

    it('of more than 4 MiB arrive', async () => {
      await start({});
      await client.setPipeline({ p4info, p4DeviceConfig: new Uint8Array(8 * 1024 * 1024) });
      assert.equal(fake.device.pipeline?.p4DeviceConfig.length, 8 * 1024 * 1024);
    });

    it("are only the primary's to set", async () => {
      await start({});
      const backup = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, electionId: 0 });
      await assert.rejects(
        backup.setPipeline(config),
        fails(Code.PERMISSION_DENIED, /only the primary controller may do this/),
      );
      backup.close();
    });
  });

  describe('the stream', () => {
    const packet = PacketIn.from({
      payload: Uint8Array.of(1, 2),
      metadata: [{ metadataId: 1, value: Uint8Array.of(3) }],
    });

    it('carries packets both ways, with metadata by name', async () => {
      await start();
      const received = once(client, 'packetIn');
      assert.equal(fake.device.events.packetIn(packet), 1);
      assert.deepEqual((await received)[0], { payload: Uint8Array.of(1, 2), metadata: { ingress_port: 3 } });
      const sent = new Promise<PacketOut>((resolve) => {
        fake.device.beforePacketOut = resolve;
      });
      await client.sendPacket(Uint8Array.of(9), { egress_port: 5 });
      assert.deepEqual((await sent).metadata[0]?.value, Uint8Array.of(5));
    });

    it('keeps a burst of packets in order', async () => {
      await start();
      const seen: number[] = [];
      const done = new Promise<void>((resolve) => {
        client.on('packetIn', ({ payload }) => {
          seen.push(payload[0]! * 256 + payload[1]!);
          if (seen.length === 2000) resolve();
        });
      });
      for (let i = 0; i < 2000; i++)
        assert.equal(fake.device.events.packetIn({ payload: Uint8Array.of(i >> 8, i & 255) }), 1);
      await done;
      assert.deepEqual(
        seen,
        Array.from({ length: 2000 }, (_, i) => i),
      );
    });

    it('brings digests, and takes their acknowledgement', async () => {
      await start();
      await client.write([insert(digestEntry(client.index!, { digest: 'seen_t', maxListSize: 1 }))]);
      const received = once(client, 'digest') as Promise<[DigestList]>;
      fake.device.events.digest({ digestId: 385875969, listId: 2n ** 60n });
      const [list] = await received;
      await client.ackDigest(list);
      await client.readAll([digestEntry(client.index!)]);
      assert.deepEqual(
        fake.device.digestAcks.map(({ digestId, listId }) => [digestId, listId]),
        [[385875969, 2n ** 60n]],
      );
    });

    it('brings idle timeouts', async () => {
      await start();
      const received = once(client, 'idleTimeout') as Promise<[IdleTimeoutNotification]>;
      fake.device.events.idleTimeout({ tableEntry: [route(1).tableEntry!], timestamp: 5n });
      assert.equal((await received)[0].tableEntry[0]?.tableId, 33554433);
    });

    it('goes to the primary alone, and to nobody where there is none', async () => {
      await start();
      const backup = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, electionId: 0 });
      backup.on('packetIn', () => assert.fail('a backup got a packet'));
      assert.equal(fake.device.events.packetIn(packet), 1);
      await client.arbitrate(null);
      assert.equal(fake.device.events.packetIn(packet), 0);
      await backup.apiVersion();
      backup.close();
    });

    it('tells a backup that its packet was refused, and why', async () => {
      await start();
      const backup = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1, electionId: 0 });
      const refused = once(backup, 'streamError');
      await backup.sendPacketOut({ payload: Uint8Array.of(7) });
      const [error, message] = await refused;
      fails(Code.PERMISSION_DENIED, /refused a packetOut: only the primary controller may send this/)(error);
      assert.deepEqual(message.packetOut.packetOut.payload, Uint8Array.of(7));
      backup.close();
    });

    it('tells what the device had against a packet', async () => {
      await start();
      fake.device.beforePacketOut = () => {
        throw new P4RuntimeError('egress_port is missing', Code.INVALID_ARGUMENT);
      };
      const refused = once(client, 'streamError');
      await client.sendPacketOut({});
      fails(Code.INVALID_ARGUMENT, /egress_port is missing/)((await refused)[0]);
      assert.equal(client.isPrimary, true);
    });
  });
});
