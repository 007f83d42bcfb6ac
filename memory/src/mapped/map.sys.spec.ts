import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, type MapError, type MapOptions, type MappedMemory, map } from './index.js';
import { freePorts, startProcess, startThread } from './testing/processes.js';

const PAGE = 4096;
const PAGES = 64;

/** Real page faults: Linux with userfaultfd, and the right to it. */
describe('mapped memory', function () {
  this.timeout(120_000);
  const mapped: MappedMemory[] = [];
  const mapIt = async (options: Omit<MapOptions, 'bytes'>): Promise<MappedMemory> => {
    const memory = await map({ bytes: PAGES * PAGE - 100, ...options });
    mapped.push(memory);
    return memory;
  };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bluebridge-map-'));
  });
  afterEach(async () => {
    for (const memory of mapped.splice(0)) await memory.unmap();
    await rm(folder, { recursive: true });
  });

  /** Touch all pages in several orders, beside an ordinary array. */
  async function exercise(memory: MappedMemory): Promise<Uint8Array> {
    const { bytes } = memory;
    const model = new Uint8Array(bytes.length);
    assert.ok(Buffer.from(bytes).equals(model), 'it reads zero at first');
    for (let i = 0; i < bytes.length; i += 3) bytes[i] = model[i] = i * 7;
    let random = 12345;
    for (let k = 0; k < 300; k++) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      const at = random % bytes.length;
      bytes[at] = model[at] = k;
    }
    bytes.copyWithin(5 * PAGE - 7, 20 * PAGE - 1, 30 * PAGE);
    model.copyWithin(5 * PAGE - 7, 20 * PAGE - 1, 30 * PAGE);
    assert.ok(Buffer.from(bytes).equals(model));
    const { resident, evicted } = await memory.status();
    assert.ok(resident <= memory.frames && evicted > PAGES - memory.frames);
    return model;
  }

  for (const frames of [2, 7]) {
    it(`keeps ${PAGES} pages in ${frames} frames, and reads zero when it is unmapped`, async () => {
      const memory = await mapIt({ frames, backend: { kind: 'mem' } });
      await exercise(memory);
      await memory.unmap();
      assert.ok(memory.bytes.every((byte) => byte === 0));
      await assert.rejects(async () => memory.sync(), { name: 'MapError', code: 'UNMAPPED' });
    });
  }

  it('has its pages in a file when it is synced and when it is unmapped; another mapping finds them there', async () => {
    const path = join(folder, 'pages');
    const backend: Backend = { kind: 'disk', path };
    const first = await mapIt({ frames: 5, backend });
    const model = await exercise(first);
    await first.sync();
    assert.ok((await readFile(path)).subarray(0, model.length).equals(model));
    first.bytes[9] = model[9] = 42;
    await first.unmap();
    const second = await mapIt({ frames: 3, backend, eviction: 'lfu', prefetch: 0 });
    assert.ok(Buffer.from(second.bytes).equals(model));
  });

  it('keeps its pages on a memory server, which has all of its memory again afterwards', async () => {
    const [here, there] = await freePorts();
    const server = startThread('server-thread', {
      ...{ node: 0x101, mac: '02:00:00:00:01:01', capacity: 1 << 20 },
      wire: `udp:127.0.0.1:${there},127.0.0.1:${here}`,
    });
    await once(server, 'message');
    try {
      const memory = await mapIt({
        frames: 8,
        backend: {
          ...{
            kind: 'remote',
            node: 1,
            mac: '02:00:00:00:00:01',
            gatewayMac: '02:00:00:00:01:01',
            server: 0x101,
          },
          ...{ wire: `udp:127.0.0.1:${here},127.0.0.1:${there}`, extent: 16 * PAGE },
        },
      });
      await exercise(memory);
      server.postMessage('status');
      assert.deepEqual(await once(server, 'message'), [PAGES * PAGE]);
      await memory.unmap();
      server.postMessage('close');
      assert.deepEqual(await once(server, 'message'), [0]);
    } finally {
      await server.terminate();
    }
  });

  it('refuses what cannot be', async () => {
    const cases: [Partial<MapOptions>, MapError['code'], RegExp][] = [
      [{ bytes: 0 }, 'BAD_ARGUMENT', /has 1 to 4294901760 bytes, not 0/],
      [{ frames: 1 }, 'BAD_ARGUMENT', /1 frames are not a whole number from 2 on/],
      [{ prefetch: -1 }, 'BAD_ARGUMENT', /prefetch of -1/],
      [{ eviction: 'random' as 'lru' }, 'BAD_ARGUMENT', /random is none of lru, clock, fifo, lfu/],
      [
        { backend: { kind: 'disk', path: join(folder, 'no/such') } },
        'STORE_FAILED',
        /the file of the pages: ENOENT/,
      ],
      [
        {
          backend: {
            kind: 'remote',
            node: 1,
            mac: '02:00:00:00:00:01',
            gatewayMac: '02:00:00:00:01:01',
            wire: 'udp:',
          },
        },
        'STORE_FAILED',
        /the wire of the mapping's client/,
      ],
    ];
    for (const [options, code, message] of cases) {
      await assert.rejects(map({ bytes: PAGE, backend: { kind: 'mem' }, ...options }), {
        name: 'MapError',
        code,
        message,
      });
    }
  });

  it('ends the process that needs a page which cannot be had, and says why', async () => {
    const [here, nobody] = await freePorts();
    const child = startProcess('lost', `udp:127.0.0.1:${here},127.0.0.1:${nobody}`);
    let told = '';
    child.stderr!.on('data', (text) => {
      told += text;
    });
    const [, signal] = await once(child, 'close');
    assert.equal(signal, 'SIGBUS', told);
    assert.match(told, /mapped memory at 0x[0-9a-f]+ is lost: ALLOC of \d+ bytes .* no answer.*SIGBUS/);
  });
});
