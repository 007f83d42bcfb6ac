import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { seededRandom } from 'ethernet-wire';
import { failsWith } from '../testing/expect.js';
import { World } from '../testing/world.js';
import { type MemoryAddress, Message, Op, Reason } from '../wire/index.js';
import { decodeIndexPage, encodeIndexPage, type IndexPage } from './format.js';
import { getFile } from './get.js';
import { fileRegions, removeFile, statFile } from './manage.js';
import { putFile } from './put.js';

/** Seven extents fill an index page. */
const SMALL_PAGES = { server: { pageSize: 256 }, client: { pageSize: 256 } };

function content(length: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

async function fetchFile(world: World, address: MemoryAddress, client = world.client): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await world.until(
    getFile(client, address, (bytes) => {
      pieces.push(bytes);
    }),
  );
  return Buffer.concat(pieces);
}

describe('files', () => {
  it('are spread over the servers, found again by one address, and freed whole', async () => {
    const world = new World({ servers: 2, clients: 2 });
    const bytes = content(100_000);
    const stored = await world.until(putFile(world.client, bytes));
    assert.equal(stored.size, 100_000);
    assert.equal(stored.sha256, createHash('sha256').update(bytes).digest('hex'));
    for (const server of world.servers) assert.ok(server.status.allocatedBytes >= 40_000);
    assert.deepEqual(await fetchFile(world, stored.address, world.clients[1]), Buffer.from(bytes));
    const regions = await world.until(fileRegions(world.clients[1]!, stored.address));
    const text = (list: typeof regions) =>
      list.map(({ node, pointer, length }) => `${node}/${pointer}/${length}`);
    assert.deepEqual(text(regions).sort(), text(stored.regions).sort());
    assert.equal(text(regions)[0], text(stored.regions)[0]);
    assert.equal(await world.until(removeFile(world.client, stored.address)), 102_400 + 4096);
    assert.equal(world.allocatedBytes(), 0);
  });

  it('of any size come back through a bad network', async () => {
    const impairments = { loss: 0.03, duplicate: 0.03, delay: 0.1, spread: 0.5 };
    const world = new World({ servers: 2, capacity: 1 << 22, impairments, seed: 5 });
    for (const size of [0, 1, 4095, 4096, 4097, 12_289, 1_000_000]) {
      const bytes = content(size, size);
      const stored = await world.until(putFile(world.client, bytes));
      assert.deepEqual(await fetchFile(world, stored.address), Buffer.from(bytes), `${size} bytes`);
      await world.until(removeFile(world.client, stored.address));
    }
    assert.equal(world.allocatedBytes(), 0);
    assert.ok(world.client.counters.retransmissions > 0);
  });

  it('come from streams, and have index chains of many pages', async () => {
    const world = new World({ ...SMALL_PAGES, servers: 2 });
    const bytes = content(400 * 256 + 17);
    async function* stream(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
    }
    let progress = 0;
    const options = { extent: 256, progress: (count: number) => (progress += count) };
    const stored = await world.until(putFile(world.client, stream(), options));
    assert.equal(progress, bytes.length);
    const info = await world.until(statFile(world.client, stored.address));
    assert.deepEqual([info.extents, info.regions.length, info.size], [401, 459, bytes.length]);
    assert.deepEqual(await fetchFile(world, stored.address), Buffer.from(bytes));
  });

  it('use what room there is when large ranges are gone', async () => {
    const world = new World({ capacity: 16 * 4096 });
    const pages = [];
    for (let i = 0; i < 16; i++) pages.push(await world.until(world.client.alloc(4096)));
    for (let i = 0; i < 16; i += 2) await world.until(world.client.free(pages[i]!));
    const bytes = content(7 * 4096);
    const stored = await world.until(putFile(world.client, bytes, { extent: 32768 }));
    assert.deepEqual(await fetchFile(world, stored.address), Buffer.from(bytes));
  });

  it('that are too large leave nothing behind', async () => {
    const world = new World({ servers: 2, capacity: 1 << 18 });
    const text =
      /the file is not stored, after \d+ bytes: ALLOC of 4096 bytes at fdbb:ffff:: was refused: no free range of that size is left \(NO_MEMORY\); what was allocated is freed again/;
    await assert.rejects(world.until(putFile(world.client, content(600_000))), failsWith('NO_MEMORY', text));
    assert.equal(world.allocatedBytes(), 0);
    // The extents fit to the last page, the index does not.
    await assert.rejects(
      world.until(putFile(world.client, content(2 << 18))),
      failsWith('NO_MEMORY', /not stored/),
    );
    assert.equal(world.allocatedBytes(), 0);
    const stored = await world.until(putFile(world.client, content(400_000)));
    assert.deepEqual(await fetchFile(world, stored.address), Buffer.from(content(400_000)));
  });

  it('whose upload is aborted, or whose source fails, leave nothing behind', async () => {
    const world = new World({ servers: 2, impairments: { delay: 1 } });
    const controller = new AbortController();
    const options = { signal: controller.signal, progress: () => controller.abort() };
    const aborted = putFile(world.client, content(500_000), options);
    await assert.rejects(
      world.until(aborted),
      failsWith('ABORTED', /aborted.*what was allocated is freed again/),
    );
    await world.time.pass(1000);
    assert.equal(world.allocatedBytes(), 0);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield content(300_000);
      throw new Error('disk on fire');
    }
    await assert.rejects(world.until(putFile(world.client, broken(), { extent: 4096 })), /disk on fire/);
    assert.equal(world.allocatedBytes(), 0);
    await assert.rejects(
      putFile(world.client, content(1), { extent: 5000 }),
      failsWith('BAD_ARGUMENT', /extent of 5000 bytes/),
    );
  });

  it('that differ from what was stored are told, with where and how', async () => {
    const world = new World({ servers: 2 });
    const stored = await world.until(putFile(world.client, content(40_000), { extent: 8192 }));
    const info = await world.until(statFile(world.client, stored.address));
    const third = info.regions[3]!;
    const at = { node: third.node, pointer: third.pointer + 5000n };
    const [byte] = await world.until(world.client.read(at, 1));
    await world.until(world.client.write(at, Uint8Array.of(byte! ^ 1)));
    const text =
      /^bytes 16384 to 24575 of the file \(extent 2 at fdbb:10[12]:.*\) differ: CRC-32 is 0x[0-9a-f]{8}, stated is 0x/;
    await assert.rejects(fetchFile(world, stored.address), failsWith('CORRUPT_FILE', text));
  });

  it('stop a reader whose sink fails, and one who aborts', async () => {
    const world = new World();
    const stored = await world.until(putFile(world.client, content(500_000)));
    const full = getFile(world.client, stored.address, () => {
      throw new Error('disk full');
    });
    await assert.rejects(world.until(full), /disk full/);
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = getFile(world.client, stored.address, () => controller.abort(), { signal });
    await assert.rejects(world.until(aborted), failsWith('ABORTED', /READ/));
    await world.time.pass(100);
  });

  it('can be freed as far as that goes; the index stays for the rest', async () => {
    const world = new World({ servers: 2 });
    const stored = await world.until(putFile(world.client, content(40_000)));
    let refused = 0;
    world.fabric.onRequest = (request) => {
      if (request.op !== Op.FREE || request.node !== 0x102 || refused > 0) return undefined;
      refused++;
      return new Message().refuse(request, Reason.NO_PERMISSION);
    };
    const text = /^1 of the file's 11 regions could not be freed: FREE at fdbb:102:.* was refused/;
    await assert.rejects(
      world.until(removeFile(world.client, stored.address)),
      failsWith('NO_PERMISSION', text),
    );
    assert.equal(world.allocatedBytes(), 8192);
    assert.equal((await world.until(statFile(world.client, stored.address))).size, 40_000);
  });
});

describe('an index that is not to be trusted', () => {
  const forgeries: [string, (page: IndexPage, at: MemoryAddress) => Partial<IndexPage>, RegExp][] = [
    ['a chain that bites its tail', (_, at) => ({ next: at }), /is page 0 of its file, expected 1/],
    ['another size', (page) => ({ size: page.size + 1 }), /page at .* is of another file than the first/],
    ['too few entries', (page) => ({ entries: page.entries.slice(1) }), /has 6 entries, expected 7/],
    ['too many extents', () => ({ extents: 0xffff_ffff }), /states 4294967295 extents, more than/],
    [
      'an extent of nothing',
      (page) => ({ entries: [{ ...page.entries[0]!, bytes: 0 }, ...page.entries.slice(1)] }),
      /has an extent of 0 bytes/,
    ],
    [
      'an extent of four gigabytes',
      (page) => ({ entries: [{ ...page.entries[0]!, bytes: 0xffff_ffff }, ...page.entries.slice(1)] }),
      /has an extent of 4294967295 bytes/,
    ],
    [
      'extents that do not add up',
      (page) => ({ entries: [{ ...page.entries[0]!, bytes: 255 }, ...page.entries.slice(1)] }),
      /lists extents of 2559 bytes for a file of 2560/,
    ],
  ];
  for (const [what, forge, text] of forgeries) {
    it(`with ${what} is refused`, async () => {
      const world = new World(SMALL_PAGES);
      const { client } = world;
      const { address } = await world.until(putFile(client, content(10 * 256), { extent: 256 }));
      const page = decodeIndexPage(await world.until(client.read(address, 256)), '');
      await world.until(client.write(address, encodeIndexPage({ ...page, ...forge(page, address) }, 256)));
      await assert.rejects(fetchFile(world, address), failsWith('CORRUPT_FILE', text));
      const before = world.allocatedBytes();
      await assert.rejects(world.until(removeFile(client, address)), failsWith('CORRUPT_FILE', text));
      assert.equal(world.allocatedBytes(), before, 'nothing is freed on its word');
    });
  }

  it('with another digest is found out at the end', async () => {
    const world = new World();
    const { client } = world;
    const { address } = await world.until(putFile(client, content(5000)));
    const page = decodeIndexPage(await world.until(client.read(address, 4096)), '');
    const forged = encodeIndexPage({ ...page, sha256: new Uint8Array(32) }, 4096);
    await world.until(client.write(address, forged));
    const text = /the file at fdbb:101:.* is not what was stored: SHA-256 is [0-9a-f]{64}, stated is 0{64}/;
    await assert.rejects(fetchFile(world, address), failsWith('CORRUPT_FILE', text));
  });
});
