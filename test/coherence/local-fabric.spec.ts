import assert from 'node:assert/strict';
import type { CoherentClient, Region } from '@bluebridge/memory';
import { wire } from '@bluebridge/memory';
import { parseFabric, renderProgram } from '@bluebridge/templates';
import { compileProgram, LocalFabric } from 'bluebridge';
import pino from 'pino';

const PAGE = 4096;
const log = pino({ level: process.env.LOG ?? 'silent' });

const fabricOf = (mode: 'msi' | 'home') =>
  parseFabric(`name: coherent
features:
  coherence: { mode: ${mode}, slots: 16, lockLease: 50, lease: 1000, regions: { initial: 16KiB } }
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 1MiB }
  - { name: m2, node: 0x102, port: 2, capacity: 1MiB }
clients:
  - { name: alice, node: 1, port: 3, domain: 1 }
  - { name: bob, node: 2, port: 4, domain: 1 }
  - { name: carol, node: 3, port: 5, domain: 2 }
`);

for (const [mode, where] of [
  ['msi', 'the switch'],
  ['home', 'the memory servers'],
] as const) {
  describe(`coherent clients, with the directory in ${where}, through the compiled switch program`, function () {
    this.timeout(60_000);
    const fabric = fabricOf(mode);
    let pipeline: ReturnType<typeof compileProgram>['pipeline'];
    let local: LocalFabric;
    let alice: CoherentClient;
    let bob: CoherentClient;
    let carol: CoherentClient;
    let region: Region;

    before(() => {
      pipeline = compileProgram('coherent.p4', renderProgram(fabric, 'embedded')).pipeline;
    });
    beforeEach(async () => {
      local = await LocalFabric.startSwitches({ fabric, log });
      await local.startController(pipeline, { isNew: true });
      local.startHosts();
      [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => local.clients.get(name)!.client) as [
        CoherentClient,
        CoherentClient,
        CoherentClient,
      ];
      region = await alice.alloc(8 * PAGE);
    });
    afterEach(() => local.stop());

    const at = (offset: number) => ({ ...region, pointer: region.pointer + BigInt(offset) });

    it('read what another has written last', async () => {
      for (let i = 1; i <= 20; i++) {
        const [writer, reader] = i % 2 === 0 ? [alice, bob] : [bob, alice];
        await writer.write(at(100), Uint8Array.of(i));
        assert.deepEqual(await reader.read(at(100), 1), Uint8Array.of(i));
      }
    });

    it('read copies without asking anybody', async () => {
      await alice.update(at(0), 8, (bytes) => bytes.fill(1));
      await alice.read(at(0), 8);
      const { hits, misses } = alice.coherence;
      for (let i = 0; i < 100; i++) await alice.read(at(i), 8);
      assert.deepEqual([alice.coherence.hits - hits, alice.coherence.misses - misses], [100, 0]);
    });

    it('count together, each addition once', async () => {
      const each = async (client: CoherentClient): Promise<void> => {
        for (let i = 0; i < 50; i++) await client.fetchAdd(at(0), 1n);
      };
      await Promise.all([each(alice), each(bob)]);
      const word = await bob.read(at(0), 8);
      assert.equal(new DataView(word.buffer, word.byteOffset).getBigUint64(0), 100n);
    });

    it('lose their copies with their rights', async () => {
      await alice.write(at(0), Uint8Array.of(7));
      await alice.flush();
      await alice.grant({ ...region, length: PAGE }, 3, wire.Right.READ);
      assert.deepEqual(await carol.read(at(0), 1), Uint8Array.of(7));
      await alice.revoke({ ...region, length: PAGE }, 3);
      await assert.rejects(carol.read(at(0), 1), { code: 'NO_PERMISSION' });
    });
  });
}
