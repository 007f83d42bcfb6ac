import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  getFile,
  type MemoryClient,
  type MemoryServer,
  putFile,
  removeFile,
  type StoredFile,
  wire,
} from '@bluebridge/memory';
import { TABLES } from '@bluebridge/templates';
import { pipelineBy } from './support/programs.js';
import { Rig } from './support/rig.js';
import { compilers, targets } from './support/targets.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const PAGE = 4096;

// The demonstration's story, with real hosts: whatever a switch loses on the way, the clients ask again for.
for (const target of targets()) {
  for (const compiler of compilers(target)) {
    describe(`remote memory behind ${target}, JSON of ${compiler === 'ours' ? 'our compiler' : 'p4c'}`, function () {
      this.timeout(60_000);
      let rig: Rig;
      let servers: MemoryServer[];
      let alice: MemoryClient;
      let bob: MemoryClient;
      before(async () => {
        rig = await Rig.start(target);
        await rig.control(pipelineBy(compiler, rig.fabric, target));
        const hosts = rig.startHosts();
        servers = hosts.servers;
        [alice, bob] = hosts.clients as [MemoryClient, MemoryClient];
      });
      after(() => rig.stop());

      const refused = async (reason: string) =>
        Number((await rig.controller.counters()).refused.get(reason)?.packets);
      const refuses = async (call: () => Promise<unknown>) => {
        const before = await refused('NO_PERMISSION');
        await assert.rejects(call(), { code: 'NO_PERMISSION' });
        assert.ok((await refused('NO_PERMISSION')) > before, 'the switch counted it');
      };
      const bobGets = (stored: StoredFile) => getFile(bob, stored.address, () => {});

      it('stores a file on both servers, reads it back, and frees it', async () => {
        const content = randomBytes(300_001);
        const stored = await putFile(alice, content);
        assert.equal(new Set(stored.regions.map(({ node }) => node)).size, 2);
        const read: Uint8Array[] = [];
        const fetched = await getFile(
          alice,
          stored.address,
          (bytes) => void read.push(Uint8Array.from(bytes)),
        );
        assert.deepEqual([fetched.sha256, sha256(Buffer.concat(read))], [sha256(content), sha256(content)]);
        await removeFile(alice, stored.address);
        await refuses(() => getFile(alice, stored.address, () => {}));
      });

      it('refuses the other client, lets it read what was granted, and refuses it again', async () => {
        const content = randomBytes(20_000);
        const stored = await putFile(alice, content);
        await refuses(() => bobGets(stored));
        for (const region of stored.regions) await alice.grant(region, 2, wire.Right.READ);
        assert.equal((await bobGets(stored)).sha256, sha256(content));
        await refuses(() => bob.write(stored.regions[0]!, randomBytes(PAGE)));
        for (const region of stored.regions) await alice.revoke(region, 2);
        await refuses(() => bobGets(stored));
        await removeFile(alice, stored.address);
      });

      it('drops what claims to be of another node', async () => {
        const region = await alice.alloc(PAGE);
        const before = await refused('SPOOFED_SOURCE');
        const message = Object.assign(new wire.Message(), {
          client: 1,
          clientPort: 40_000,
          op: wire.Op.READ,
          node: region.node,
          length: PAGE,
        });
        const frame = wire.encodeFrame(
          message,
          wire.macBytes(rig.fabric.switches[0]!.mac),
          wire.macBytes(rig.fabric.clients[0]!.mac),
        );
        rig.wire(rig.fabric.clients[1]!.port).send(frame);
        // An answer to bob tells that the switch has decided on the frame before.
        await assert.rejects(bob.read(region, 1), { code: 'NO_PERMISSION' });
        assert.equal((await refused('SPOOFED_SOURCE')) - before, 1);
        await alice.free(region);
      });

      it('carries a megabyte in bulk both ways', async () => {
        const content = randomBytes(256 * 1024);
        const regions = await Promise.all([0, 1, 2, 3].map(() => alice.alloc(content.length)));
        await Promise.all(regions.map((region) => alice.write(region, content)));
        for (const bytes of await Promise.all(regions.map((region) => alice.read(region, content.length)))) {
          assert.equal(sha256(bytes), sha256(content));
        }
        await Promise.all(regions.map((region) => alice.free(region)));
      });

      it('grants parts of an allocation as the fewest prefixes, and takes them back', async () => {
        const region = await alice.alloc(8 * PAGE);
        const part = (first: number, pages: number) => ({
          node: region.node,
          pointer: region.pointer + BigInt(first * PAGE),
          length: pages * PAGE,
        });
        await alice.grant(part(1, 6), 2, wire.Right.READ | wire.Right.WRITE);
        const [owner, other] = rig.fabric.clients.map(({ domain }) => domain);
        const entries = async (domain: number | undefined) =>
          (await rig.link.read([TABLES.permission.name])).filter(
            (e) => e.match[TABLES.permission.keys.domain] === BigInt(domain!),
          ).length;
        assert.deepEqual([await entries(owner), await entries(other)], [1, 4]);
        await bob.write(part(1, 1), randomBytes(PAGE));
        await refuses(() => bob.read(part(7, 1), PAGE));
        await alice.revoke(part(2, 2), 2);
        await refuses(() => bob.read(part(3, 1), PAGE));
        await bob.read(part(4, 1), PAGE);
        await alice.free(region);
        assert.deepEqual([await entries(owner), await entries(other)], [0, 0]);
      });

      it('leaves nothing behind', async () => {
        assert.deepEqual(
          servers.map(({ status }) => status.allocatedBytes),
          [0, 0],
        );
        assert.deepEqual(await rig.link.read([TABLES.permission.name]), []);
        assert.equal([...rig.controller.allocations].length, 0);
      });
    });
  }
}
