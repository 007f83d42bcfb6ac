import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  Code,
  cloneSession,
  counterEntry,
  type DigestList,
  digestEntry,
  Entity,
  type ForwardingPipelineConfig,
  type Init,
  insert,
  modify,
  multicastGroup,
  P4RuntimeClient,
  P4RuntimeError,
  P4RuntimeServer,
  SetForwardingPipelineConfigRequestAction as PipelineAction,
  remove,
  STRATUM_API_VERSION,
  STRATUM_MAX_PRIORITY,
  StratumLike,
  stratum,
  tableEntry,
  tablePattern,
  type Update,
  UpdateType,
  WriteRequestAtomicity,
} from '../../index.js';
import { exampleP4Info } from '../../testing/example-p4info.js';
import { FakeDevice } from '../../testing/index.js';

const p4info = exampleP4Info();
const pipeline: Init<stratum.BfPipelineConfig> = {
  p4Name: 'example',
  bfruntimeInfo: Buffer.from('{}'),
  profiles: [
    { profileName: 'pipe', context: Buffer.from('{}'), binary: Buffer.from([1]), pipeScope: [0, 1, 2, 3] },
  ],
};
const config: Init<ForwardingPipelineConfig> = {
  p4info,
  p4DeviceConfig: stratum.BfPipelineConfig.encode(pipeline),
  cookie: { cookie: 7n },
};
const STAND_IN = Buffer.from('what the device behind runs');

describe('a device like Stratum', () => {
  let behind: FakeDevice;
  let server: P4RuntimeServer;
  let client: P4RuntimeClient;

  beforeEach(async () => {
    behind = new FakeDevice();
    const device = new StratumLike(behind, {
      standIn: (sent) => ({ p4info: sent.p4info, p4DeviceConfig: STAND_IN }),
    });
    server = new P4RuntimeServer({ devices: [device], apiVersion: STRATUM_API_VERSION });
    const port = await server.listen('127.0.0.1:0');
    client = await P4RuntimeClient.connect({ address: `127.0.0.1:${port}`, deviceId: 1 });
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  const route = (prefix = 'fdbb:1::/32') =>
    tableEntry(client.index!, {
      table: 'ipv6_route',
      match: { 'hdr.ipv6.dst': prefix },
      action: 'forward',
      params: { port: 1, mac: 1 },
    });
  const acl = (more: object = {}) =>
    tableEntry(client.index!, {
      table: 'acl',
      match: { 'hdr.udp.dport': '1..9' },
      priority: 1,
      action: 'drop',
      ...more,
    });
  const read = async (pattern: Init<Entity>) => {
    const found: Entity[] = [];
    for await (const entity of client.read([Entity.from(pattern)])) found.push(entity);
    return found;
  };
  /** The code of the one update or pattern that failed. */
  const codeOf = async (doing: Promise<unknown>): Promise<string> => {
    try {
      await doing;
    } catch (error) {
      assert.ok(error instanceof P4RuntimeError, String(error));
      const code = error.details[0]?.code ?? error.code;
      return Object.entries(Code).find(([, value]) => value === code)![0];
    }
    return 'OK';
  };
  const write = (update: Update) => codeOf(client.write([update]));

  it('has no pipeline until one is pushed: FAILED_PRECONDITION', async () => {
    assert.equal(await codeOf(client.getPipeline()), 'FAILED_PRECONDITION');
    client.useP4Info(p4info);
    assert.equal(await write(insert(route())), 'FAILED_PRECONDITION');
    assert.equal(await codeOf(read({ tableEntry: {} })), 'FAILED_PRECONDITION');
  });

  it('gives the device behind the stand-in, and the controller what it sent', async () => {
    await client.setPipeline(config);
    assert.deepEqual(behind.pipeline?.p4DeviceConfig, new Uint8Array(STAND_IN));
    const running = await client.getPipeline();
    assert.equal(running?.cookie?.cookie, 7n);
    assert.deepEqual(
      stratum.BfPipelineConfig.decode(running!.p4DeviceConfig),
      stratum.BfPipelineConfig.decode(stratum.BfPipelineConfig.encode(pipeline)),
    );
  });

  for (const [what, broken] of [
    ['that is no BfPipelineConfig', { ...config, p4DeviceConfig: Buffer.from('{"target":"bmv2"}') }],
    ['that is empty', { ...config, p4DeviceConfig: new Uint8Array(0) }],
    ['without P4Info', { ...config, p4info: null }],
  ] as const) {
    it(`refuses a pipeline ${what}`, async () => {
      assert.equal(await codeOf(client.setPipeline(broken)), 'INVALID_ARGUMENT');
      assert.equal(behind.pipeline, null);
    });
  }

  it('does not reconcile', async () => {
    const action = PipelineAction.RECONCILE_AND_COMMIT;
    assert.equal(await codeOf(client.setPipeline(config, { action })), 'UNIMPLEMENTED');
  });

  it('is built with a version before 1.4.0', async () => {
    assert.equal(await client.apiVersion(), '1.4.0-rc.5');
  });

  describe('writes', () => {
    beforeEach(() => client.setPipeline(config));

    it('go on after errors and in no other way', async () => {
      const { ROLLBACK_ON_ERROR, DATAPLANE_ATOMIC } = WriteRequestAtomicity;
      for (const atomicity of [ROLLBACK_ON_ERROR, DATAPLANE_ATOMIC])
        assert.equal(await codeOf(client.write([insert(route())], { atomicity })), 'INVALID_ARGUMENT');
      assert.equal(await write(insert(route())), 'OK');
    });

    const entryWith = (more: object) => () => {
      const { tableEntry } = route();
      return insert(Entity.from({ tableEntry: { ...tableEntry!, ...more } }));
    };
    const cases: [string, string, () => Update][] = [
      ['a priority of 2^24 - 1', 'OK', () => insert(acl({ priority: STRATUM_MAX_PRIORITY }))],
      ['a priority of 2^24', 'INVALID_ARGUMENT', () => insert(acl({ priority: STRATUM_MAX_PRIORITY + 1 }))],
      ['meter_config in an entry', 'UNIMPLEMENTED', entryWith({ meterConfig: { cir: 1n } })],
      ['a one-shot action set', 'UNIMPLEMENTED', entryWith({ action: { actionProfileActionSet: {} } })],
      [
        'an optional match',
        'INVALID_ARGUMENT',
        entryWith({ match: [{ fieldId: 1, optional: { value: Buffer.of(1) } }] }),
      ],
      [
        'a prefix of length 0',
        'INVALID_ARGUMENT',
        entryWith({ match: [{ fieldId: 1, lpm: { value: Buffer.of(0) } }] }),
      ],
      [
        'a mask of zeros',
        'INVALID_ARGUMENT',
        entryWith({ match: [{ fieldId: 1, ternary: { mask: Buffer.of(0) } }] }),
      ],
      ['DirectMeterEntry', 'UNIMPLEMENTED', () => modify(Entity.from({ directMeterEntry: {} }))],
      ['ValueSetEntry', 'UNIMPLEMENTED', () => modify(Entity.from({ valueSetEntry: {} }))],
      [
        'a counter without index',
        'INVALID_ARGUMENT',
        () => modify(counterEntry(client.index!, { counter: 'denied' })),
      ],
      [
        'a clone session to one port',
        'OK',
        () => insert(cloneSession({ id: 5, replicas: [{ port: 1, instance: 0 }], legacyPorts: true })),
      ],
      [
        'a clone session by the newer field',
        'INVALID_ARGUMENT',
        () => insert(cloneSession({ id: 5, replicas: [{ port: 1, instance: 0 }] })),
      ],
      [
        'a clone session with two replicas',
        'INVALID_ARGUMENT',
        () =>
          insert(
            cloneSession({
              id: 5,
              replicas: [
                { port: 1, instance: 0 },
                { port: 2, instance: 0 },
              ],
              legacyPorts: true,
            }),
          ),
      ],
      [
        'a clone session with an instance',
        'INVALID_ARGUMENT',
        () => insert(cloneSession({ id: 5, replicas: [{ port: 1, instance: 3 }], legacyPorts: true })),
      ],
      [
        'clone session 1016',
        'INVALID_ARGUMENT',
        () => insert(cloneSession({ id: 1016, replicas: [{ port: 1, instance: 0 }], legacyPorts: true })),
      ],
      [
        'a digest without config',
        'INVALID_ARGUMENT',
        () => insert(Entity.from({ digestEntry: { digestId: 1 } })),
      ],
      [
        'a register that is no bit string',
        'INVALID_ARGUMENT',
        () => modify(Entity.from({ registerEntry: { registerId: 1, data: { bool: true } } })),
      ],
    ];
    for (const [what, code, update] of cases) {
      it(`${code === 'OK' ? 'take' : 'refuse'} ${what}: ${code}`, async () => {
        assert.equal(await write(update()), code);
        assert.equal(behind.updates.length, code === 'OK' ? 1 : 0);
      });
    }

    it('delete by the key alone', async () => {
      await client.write([insert(route())]);
      const { tableEntry } = route();
      const withMeter = Entity.from({ tableEntry: { ...tableEntry!, meterConfig: { cir: 1n } } });
      assert.equal(await write(remove(withMeter)), 'OK');
    });

    it('lose metadata, idle timeouts and the list size of digests without a word', async () => {
      const { tableEntry: entry } = route();
      const metadata = Buffer.of(1);
      await client.write([
        insert(
          Entity.from({ tableEntry: { ...entry!, metadata, controllerMetadata: 1n, idleTimeoutNs: 9n } }),
        ),
        insert(
          digestEntry(client.index!, { digest: 'seen_t', maxListSize: 9, maxTimeoutNs: 5, ackTimeoutNs: 5 }),
        ),
      ]);
      const [table, digest] = behind.store.all();
      assert.deepEqual(
        [
          table!.tableEntry!.metadata.length,
          table!.tableEntry!.controllerMetadata,
          table!.tableEntry!.idleTimeoutNs,
        ],
        [0, 0n, 0n],
      );
      const { maxListSize, maxTimeoutNs, ackTimeoutNs } = digest!.digestEntry!.config!;
      assert.deepEqual([maxListSize, maxTimeoutNs, ackTimeoutNs], [0, 5n, 0n]);
    });

    it('send copies to port 0 where the newer field names the port', async () => {
      const replicas = [{ port: 9, instance: 1 }];
      await client.write([insert(multicastGroup({ id: 1, replicas }))]);
      await client.write([insert(multicastGroup({ id: 2, replicas, legacyPorts: true }))]);
      const ports = behind.store
        .all()
        .map((e) => e.packetReplicationEngineEntry!.multicastGroupEntry!.replicas[0]!.egressPort);
      assert.deepEqual(ports, [0, 9]);
    });
  });

  describe('reads', () => {
    beforeEach(async () => {
      await client.setPipeline(config);
      await client.write([insert(route('fdbb:1::/32')), insert(route('fdbb:2::/32')), insert(acl())]);
    });

    it('of a table, of all tables, and of one entry', async () => {
      const table = await read(tablePattern(client.index!, { table: 'ipv6_route' }));
      assert.equal(table.length, 2);
      assert.equal((await read({ tableEntry: {} })).length, 3);
      assert.equal((await read(route('fdbb:2::/32'))).length, 1);
      assert.equal(await codeOf(read(route('fdbb:3::/32'))), 'NOT_FOUND');
    });

    it('take no filters on a table', async () => {
      const { tableId, action } = route().tableEntry!;
      for (const filter of [{ action }, { priority: 1 }, { metadata: Buffer.of(1) }])
        assert.equal(await codeOf(read({ tableEntry: { tableId, ...filter } })), 'INVALID_ARGUMENT');
      assert.equal(await codeOf(read({ tableEntry: { isDefaultAction: true } })), 'INVALID_ARGUMENT');
    });

    it('do not tell that an entry is const', async () => {
      const { tableEntry: entry } = route('fdbb:9::/32');
      behind.store.put(Entity.from({ tableEntry: { ...entry!, isConst: true } }));
      const [found] = await read(route('fdbb:9::/32'));
      assert.equal(found!.tableEntry!.isConst, false);
    });

    it('of direct counters want one entry', async () => {
      const { tableId } = route().tableEntry!;
      assert.equal(await codeOf(read({ directCounterEntry: { tableEntry: { tableId } } })), 'NOT_FOUND');
      assert.equal(await codeOf(read({ directCounterEntry: {} })), 'NOT_FOUND');
      const tableEntry = { tableId, match: route().tableEntry!.match };
      await client.write([
        {
          type: UpdateType.MODIFY,
          entity: Entity.from({ directCounterEntry: { tableEntry, data: { packetCount: 4n } } }),
        },
      ]);
      const [found] = await read({ directCounterEntry: { tableEntry } });
      assert.equal(found!.directCounterEntry!.data!.packetCount, 4n);
    });

    for (const [what, code, pattern] of [
      ['a counter', 'INVALID_ARGUMENT', { counterEntry: {} }],
      ['a meter', 'INVALID_ARGUMENT', { meterEntry: {} }],
      ['a register', 'INVALID_ARGUMENT', { registerEntry: {} }],
      ['a digest', 'INVALID_ARGUMENT', { digestEntry: {} }],
      ['direct meters', 'UNIMPLEMENTED', { directMeterEntry: {} }],
      ['value sets', 'UNIMPLEMENTED', { valueSetEntry: {} }],
      ['the whole replication engine', 'UNIMPLEMENTED', { packetReplicationEngineEntry: {} }],
      [
        'a group that is not there',
        'NOT_FOUND',
        { packetReplicationEngineEntry: { multicastGroupEntry: { multicastGroupId: 9 } } },
      ],
      [
        'a session that is not there',
        'NOT_FOUND',
        { packetReplicationEngineEntry: { cloneSessionEntry: { sessionId: 9 } } },
      ],
    ] as const) {
      it(`of ${what}, without saying which or with a wrong id: ${code}`, async () => {
        assert.equal(await codeOf(read(pattern)), code);
      });
    }

    it('tell replicas by instance and port, in the older field', async () => {
      const replicas = [
        { port: 2, instance: 2 },
        { port: 7, instance: 1 },
        { port: 1, instance: 2 },
      ];
      await client.write([insert(multicastGroup({ id: 3, replicas, legacyPorts: true }))]);
      const [found] = await read({
        packetReplicationEngineEntry: { multicastGroupEntry: { multicastGroupId: 3 } },
      });
      const told = found!.packetReplicationEngineEntry!.multicastGroupEntry!.replicas;
      assert.deepEqual(
        told.map((r) => [r.portKind, r.egressPort, r.instance]),
        [
          ['egressPort', 7, 1],
          ['egressPort', 1, 2],
          ['egressPort', 2, 2],
        ],
      );
    });
  });

  it('gives every list of digests the id -1, and takes acknowledgements without passing them on', async () => {
    await client.setPipeline(config);
    const arrived = once(client, 'digest');
    behind.events.digest({ digestId: 9, listId: 3n, data: [] });
    const [list] = (await arrived) as [DigestList];
    assert.equal(list.listId, 2n ** 64n - 1n);
    await client.ackDigest(list);
    await client.apiVersion();
    assert.deepEqual(behind.digestAcks, []);
  });
});
