import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeOption, encodeRequest, infoData, NbdClient } from '../testing/nbd-client.js';
import { RemoteDisk, type RemoteDiskOptions } from '../testing/remote-disk.js';

const SIZE = (1 << 20) + 300;
const EXTENT = 1 << 16;
const [READ, WRITE, DISC, FLUSH, TRIM, CACHE, ZEROES, STATUS] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const [FUA, NO_HOLE, DF, REQ_ONE, FAST_ZERO] = [1, 2, 4, 8, 16] as const;
const [EINVAL, ENOSPC] = [22, 28] as const;

interface Step {
  readonly kind: number;
  readonly offset: number;
  readonly length: number;
  readonly byte: number;
}

describe('an NBD server on remote memory', () => {
  const disks: RemoteDisk[] = [];
  const clients: NbdClient[] = [];
  const start = async (options: Partial<RemoteDiskOptions> = {}): Promise<RemoteDisk> => {
    const disk = await RemoteDisk.start({ size: SIZE, ...options });
    disks.push(disk);
    return disk;
  };
  const open = async (disk: RemoteDisk, options?: { structured?: boolean }): Promise<NbdClient> => {
    const client = await NbdClient.open(disk.server.address, options);
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    const left = await Promise.all(disks.splice(0).map((disk) => disk.stop()));
    assert.ok(
      left.every((bytes) => bytes === 0),
      'no memory is lost',
    );
  });

  it('writes and reads, at any offset', async () => {
    const disk = await start();
    const client = await open(disk);
    const payload = Buffer.from(Uint8Array.from({ length: 100_001 }, (_, i) => i * 7));
    assert.equal((await client.ask({ type: WRITE, offset: EXTENT - 3, payload, flags: FUA })).error, 0);
    assert.equal((await client.ask({ type: FLUSH })).error, 0);
    const { bytes } = await client.ask({ type: READ, offset: EXTENT - 4, length: 100_003 });
    assert.ok(bytes.equals(Buffer.concat([Buffer.alloc(1), payload, Buffer.alloc(1)])));
  });

  it('an acknowledged write is in the memory of the server', async () => {
    const disk = await start();
    const client = await open(disk);
    await client.ask({ type: WRITE, offset: 10, payload: Buffer.from('on the server') });
    const there = await disk.client.read({ node: 0x101, pointer: 10n }, 13);
    assert.equal(Buffer.from(there).toString(), 'on the server');
  });

  it('TRIM and WRITE_ZEROES give memory back; NO_HOLE keeps it', async () => {
    const disk = await start();
    const client = await open(disk);
    await client.ask({ type: WRITE, payload: Buffer.alloc(4 * EXTENT, 1) });
    assert.equal(disk.memoryServer.status.allocatedBytes, 4 * EXTENT);
    assert.equal((await client.ask({ type: TRIM, offset: 0, length: EXTENT })).error, 0);
    assert.equal(disk.memoryServer.status.allocatedBytes, 3 * EXTENT);
    const flags = FAST_ZERO | FUA;
    assert.equal((await client.ask({ type: ZEROES, offset: EXTENT, length: EXTENT, flags })).error, 0);
    assert.equal(disk.memoryServer.status.allocatedBytes, 2 * EXTENT);
    await client.ask({ type: ZEROES, offset: 2 * EXTENT, length: EXTENT, flags: NO_HOLE });
    assert.equal(disk.memoryServer.status.allocatedBytes, 2 * EXTENT);
    const { bytes } = await client.ask({ type: READ, length: 4 * EXTENT });
    assert.ok(bytes.equals(Buffer.concat([Buffer.alloc(3 * EXTENT), Buffer.alloc(EXTENT, 1)])));
  });

  it('structured replies: data and holes in chunks of their own, one chunk with DF', async () => {
    const client = await open(await start(), { structured: true });
    client.send(encodeRequest({ type: WRITE, offset: EXTENT, payload: Buffer.alloc(EXTENT, 5) }));
    await client.take(16);
    client.send(encodeRequest({ type: READ, offset: 0, length: 3 * EXTENT, cookie: 77n }));
    const { cookie, list } = await client.chunks();
    assert.equal(cookie, 77n);
    assert.deepEqual(
      list.map(({ type, payload }) => [type, Number(payload.readBigUInt64BE(0))]),
      [
        [2, 0],
        [1, EXTENT],
        [2, 2 * EXTENT],
      ],
    );
    assert.equal(list[0]!.payload.readUInt32BE(8), EXTENT);
    assert.ok(list[1]!.payload.subarray(8).equals(Buffer.alloc(EXTENT, 5)));

    client.send(encodeRequest({ type: READ, offset: 0, length: 3 * EXTENT, flags: DF }));
    const whole = (await client.chunks()).list;
    assert.deepEqual(
      whole.map(({ type, payload }) => [type, payload.length]),
      [[1, 8 + 3 * EXTENT]],
    );
    assert.ok(whole[0]!.payload.subarray(8, 8 + EXTENT).equals(Buffer.alloc(EXTENT)));
    client.send(encodeRequest({ type: READ, offset: 0, length: 0 }));
    assert.deepEqual((await client.chunks()).list, [{ type: 0, payload: Buffer.alloc(0) }]);
  });

  it('BLOCK_STATUS tells holes from what is stored; REQ_ONE tells the first only', async () => {
    const client = await open(await start(), { structured: true });
    client.send(encodeRequest({ type: WRITE, offset: EXTENT, payload: Buffer.alloc(1, 5) }));
    await client.take(16);
    const status = async (flags: number): Promise<number[]> => {
      client.send(encodeRequest({ type: STATUS, offset: 5, length: SIZE - 5, flags }));
      const [chunk] = (await client.chunks()).list;
      assert.deepEqual([chunk?.type, chunk?.payload.readUInt32BE(0)], [5, 1]);
      return Array.from({ length: (chunk!.payload.length - 4) / 4 }, (_, i) =>
        chunk!.payload.readUInt32BE(4 + 4 * i),
      );
    };
    assert.deepEqual(await status(0), [EXTENT - 5, 3, EXTENT, 0, SIZE - 2 * EXTENT, 3]);
    assert.deepEqual(await status(REQ_ONE), [EXTENT - 5, 3]);
  });

  const BEYOND = SIZE - 1;
  for (const [name, ask, errno] of [
    ['READ over the end', { type: READ, offset: BEYOND, length: 2 }, EINVAL],
    ['READ from 2^64 - 1 on', { type: READ, offset: 2n ** 64n - 1n, length: 2 }, EINVAL],
    ['READ of more than 32 MiB', { type: READ, length: (32 << 20) + 1 }, EINVAL],
    ['WRITE over the end', { type: WRITE, offset: BEYOND, payload: Buffer.alloc(2) }, ENOSPC],
    ['WRITE_ZEROES over the end', { type: ZEROES, offset: BEYOND, length: 2 }, ENOSPC],
    ['TRIM over the end', { type: TRIM, offset: BEYOND, length: 2 }, EINVAL],
    ['CACHE over the end', { type: CACHE, offset: BEYOND, length: 2 }, EINVAL],
    ['FLUSH with a range', { type: FLUSH, offset: 1, length: 2 }, EINVAL],
    ['an unknown command', { type: 8, offset: 0, length: 1 }, EINVAL],
    ['an unknown flag', { type: READ, length: 1, flags: 32 }, EINVAL],
    ['a flag of another command', { type: WRITE, payload: Buffer.alloc(1), flags: NO_HOLE }, EINVAL],
    ['DF without structured replies', { type: READ, length: 1, flags: DF }, EINVAL],
    ['BLOCK_STATUS without a context', { type: STATUS, length: 1 }, EINVAL],
  ] as const) {
    it(`answers ${name} with an error, and goes on`, async () => {
      const client = await open(await start());
      assert.equal((await client.ask(ask)).error, errno);
      assert.deepEqual(await client.ask({ type: READ, length: 1 }), { error: 0, bytes: Buffer.alloc(1) });
      assert.equal((await client.ask({ type: CACHE, length: 100 })).error, 0);
    });
  }

  it('tells in words what is wrong, where the client reads words', async () => {
    const client = await open(await start(), { structured: true });
    client.send(encodeRequest({ type: WRITE, offset: SIZE, payload: Buffer.alloc(1) }));
    const [chunk] = (await client.chunks()).list;
    assert.deepEqual([chunk?.type, chunk?.payload.readUInt32BE(0)], [32769, ENOSPC]);
    assert.match(
      chunk!.payload.toString('utf8', 6),
      /1 bytes from 1048876 on are not inside a disk of 1048876 bytes/,
    );
  });

  it('says ENOSPC when the servers are full, and keeps what it has', async () => {
    const client = await open(await start({ capacity: 2 * EXTENT }));
    const payload = Buffer.alloc(2 * EXTENT, 3);
    assert.equal((await client.ask({ type: WRITE, payload })).error, 0);
    assert.equal(
      (await client.ask({ type: WRITE, offset: 2 * EXTENT, payload: Buffer.alloc(1) })).error,
      ENOSPC,
    );
    assert.ok((await client.ask({ type: READ, length: 2 * EXTENT })).bytes.equals(payload));
  });

  it('what one connection has written all others read, many requests at once', async () => {
    const disk = await start();
    const [a, b] = [await open(disk), await open(disk)];
    for (let i = 0; i < 200; i++) {
      a.send(
        encodeRequest({ type: WRITE, cookie: BigInt(i), offset: i * 5000, payload: Buffer.alloc(5000, i) }),
      );
    }
    const cookies = new Set<bigint>();
    for (let i = 0; i < 200; i++) cookies.add((await a.take(16)).readBigUInt64BE(8));
    assert.equal(cookies.size, 200);
    const { bytes } = await b.ask({ type: READ, length: 1_000_000 });
    assert.ok(bytes.every((byte, i) => byte === Math.floor(i / 5000) % 256));
    assert.deepEqual(disk.server.status, { connections: 2, served: 2 });
  });

  it('is an array of bytes to several clients, each with a part of its own', async () => {
    const disk = await start();
    const step = fc.record({
      kind: fc.constantFrom(WRITE, WRITE, READ, TRIM, ZEROES),
      offset: fc.nat(299_999),
      length: fc.integer({ min: 1, max: 150_000 }),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    const model = Buffer.alloc(900_000);
    const play = async (client: NbdClient, part: Buffer, base: number, steps: readonly Step[]) => {
      for (const { kind, offset, byte, ...rest } of steps) {
        const length = Math.min(rest.length, part.length - offset);
        const payload = kind === WRITE ? Buffer.alloc(length, byte) : undefined;
        const { error, bytes } = await client.ask({ type: kind, offset: base + offset, length, payload });
        assert.equal(error, 0);
        if (kind === READ) assert.ok(bytes.equals(part.subarray(offset, offset + length)));
        else part.fill(kind === WRITE ? byte : 0, offset, offset + length);
      }
    };
    const three = [await open(disk), await open(disk), await open(disk)];
    const plan = fc.array(step, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(plan, plan, plan), async (plans) => {
        await Promise.all(
          three.map((client, i) => {
            const base = i * 300_000;
            return play(client, model.subarray(base, base + 300_000), base, plans[i]!);
          }),
        );
        const { bytes } = await three[0]!.ask({ type: READ, length: 900_000 });
        assert.ok(bytes.equals(model));
      }),
      { numRuns: 15 },
    );
  });

  it('DISC: answers what is under way, then closes', async () => {
    const disk = await start();
    const client = await open(disk);
    const write = encodeRequest({ type: WRITE, payload: Buffer.alloc(200_000, 1) });
    client.send(Buffer.concat([write, encodeRequest({ type: DISC }), write]));
    assert.equal((await client.take(16)).readUInt32BE(4), 0);
    await client.closed;
    const silence = disk.server.close().then(() => new Error('no trouble'));
    assert.equal((await Promise.race([disk.trouble, silence])).message, 'no trouble');
  });

  it('a client that says it has nothing more to say still gets its replies', async () => {
    const disk = await start();
    const client = await open(disk);
    client.socket.end(encodeRequest({ type: READ, length: 500_000 }));
    assert.equal((await client.take(500_016)).readUInt32BE(4), 0);
    await client.closed;
  });

  it('a torn request has no effect, and is told as trouble of one connection', async () => {
    const disk = await start();
    const [other, client] = [await open(disk), await open(disk)];
    const torn = encodeRequest({ type: WRITE, payload: Buffer.alloc(1000, 1) }).subarray(0, 500);
    client.socket.end(torn);
    await client.closed;
    assert.deepEqual((await other.ask({ type: READ, length: 1000 })).bytes, Buffer.alloc(1000));
    assert.match((await disk.trouble).message, /in the middle of a message, after 500 bytes/);
  });

  it('a client that is gone in the middle of its requests costs nobody else anything', async () => {
    const disk = await start();
    const [other, client] = [await open(disk), await open(disk)];
    for (let i = 0; i < 50; i++) client.send(encodeRequest({ type: READ, length: 1_000_000 }));
    client.socket.resetAndDestroy();
    assert.equal((await other.ask({ type: WRITE, payload: Buffer.alloc(10) })).error, 0);
  });

  it('bounds what a client has under way that does not read its replies', async () => {
    const disk = await start();
    const [other, client] = [await open(disk), await open(disk)];
    client.socket.pause();
    let reads = 0;
    const { volume } = disk;
    const read = volume.read.bind(volume);
    volume.read = (...args) => {
      reads++;
      return read(...args);
    };
    const ask = encodeRequest({ type: READ, length: 1_000_000 });
    client.send(Buffer.concat(Array.from({ length: 100 }, () => ask)));
    for (let i = 0; i < 20; i++) await other.ask({ type: FLUSH });
    await other.ask({ type: READ, length: 1_000_000 });
    assert.ok(reads < 70, `${reads} of 100 reads were begun`);
    client.socket.resume();
    for (let i = 0; i < 100; i++) await client.take(1_000_016);
    assert.equal(reads, 101);
  });

  for (const [name, bytes] of [
    ['what is no request', Buffer.alloc(28, 0x41)],
    ['a WRITE over the limit', encodeRequest({ type: WRITE, length: (32 << 20) + 1 })],
    ['a WRITE of 4 GiB', encodeRequest({ type: WRITE, length: 0xffffffff })],
  ] as const) {
    it(`closes the connection that sends ${name}, and no other`, async () => {
      const disk = await start();
      const [other, client] = [await open(disk), await open(disk)];
      client.send(bytes);
      await client.closed;
      assert.match((await disk.trouble).message, /where a request should start|33554432 are the limit/);
      assert.equal((await other.ask({ type: FLUSH })).error, 0);
    });
  }

  it('survives any bytes, before and after the handshake', async () => {
    const disk = await start({ handshakeTimeout: 60_000 });
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 30 }))
        .map(([option, data]) => encodeOption(option, data)),
      fc
        .record({
          type: fc.nat(9),
          flags: fc.nat(40),
          offset: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          length: fc.nat(0xffffffff),
        })
        .map(encodeRequest),
      fc
        .record({ type: fc.nat(9), flags: fc.nat(31), offset: fc.nat(SIZE), length: fc.nat(200_000) })
        .map(encodeRequest),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 8 }), fc.boolean(), async (pieces, isOpen) => {
        const client = await NbdClient.connect(disk.server.address);
        if (isOpen) await client.option(7, infoData(''));
        client.socket.resume();
        client.socket.end(Buffer.concat(pieces));
        await client.closed;
      }),
      { numRuns: 100 },
    );
    const client = await open(disk);
    assert.equal((await client.ask({ type: FLUSH })).error, 0);
    assert.equal(disk.server.status.connections, 1);
  });

  it('does not wait for ever for a handshake', async () => {
    const disk = await start({ handshakeTimeout: 20 });
    const client = await NbdClient.connect(disk.server.address);
    await client.closed;
    assert.match((await disk.trouble).message, /no end of the handshake after 20 ms/);
  });

  it('turns clients away that are too many', async () => {
    const disk = await start({ maxConnections: 1 });
    const first = await open(disk);
    await assert.rejects(NbdClient.connect(disk.server.address), /closed after 0 of 18 bytes/);
    assert.equal((await first.ask({ type: FLUSH })).error, 0);
    assert.match((await disk.trouble).message, /turned away: 1 are connected/);
  });

  it('close answers what is under way, and ends connections that wait', async () => {
    const disk = await start();
    const [busy, idle] = [await open(disk), await open(disk)];
    const begun = new Promise<void>((resolve) => {
      const { volume } = disk;
      const write = volume.write.bind(volume);
      volume.write = (...args) => {
        resolve();
        return write(...args);
      };
    });
    busy.send(encodeRequest({ type: WRITE, payload: Buffer.alloc(500_000, 1) }));
    await begun;
    const closed = disk.server.close();
    assert.equal((await busy.take(16)).readUInt32BE(4), 0);
    await Promise.all([closed, busy.closed, idle.closed]);
  });
});
