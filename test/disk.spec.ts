import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { Bluebridge, bluebridge } from './support/bluebridge.js';
import { Workplace } from './support/workplace.js';

/** Write a page at the start of the disk and read it back, with no library: the oldest form of the handshake. */
async function writeAndRead(path: string): Promise<{ size: bigint; read: Buffer }> {
  const socket = connect({ path });
  const received: Buffer[] = [];
  const page = Buffer.alloc(4096, 'remote ');
  const request = (type: number): Buffer => {
    const head = Buffer.alloc(28);
    head.writeUInt32BE(0x25609513, 0);
    head.writeUInt16BE(type, 6);
    head.writeUInt32BE(type === 2 ? 0 : page.length, 24);
    return head;
  };
  const option = Buffer.from('\0\0\0\x03IHAVEOPT\0\0\0\x01\0\0\0\0', 'latin1');
  socket.write(Buffer.concat([option, request(1), page]));
  let asked = false;
  for await (const piece of socket) {
    received.push(piece as Buffer);
    const length = received.reduce((sum, { length }) => sum + length, 0);
    // Greeting 18, export 10, reply to the write 16.
    if (!asked && length >= 44) socket.write(Buffer.concat([request(0), request(2)]));
    asked ||= length >= 44;
  }
  const all = Buffer.concat(received);
  return { size: all.readBigUInt64BE(18), read: all.subarray(60) };
}

describe('bluebridge disk', function () {
  this.timeout(120_000);
  const place = new Workplace();
  afterEach(() => Bluebridge.stopAll());
  after(() => place.remove());

  it('serves remote memory through the switch until Ctrl-C, and frees it then', async () => {
    const env = { BLUEBRIDGE_SPEC: await place.quickstart() };
    const start = async (ready: RegExp, ...args: string[]): Promise<Bluebridge> => {
      const process = Bluebridge.start(args, { env });
      await process.says(ready);
      return process;
    };
    await start(/Ctrl-C stops it/, 'switch');
    await start(/✓ control .*primary/, 'controller');
    const server1 = await start(/Ctrl-C stops it/, 'server', 'm1');
    const server2 = await start(/Ctrl-C stops it/, 'server', 'm2');
    const path = place.path('disk.sock');
    const args = ['disk', '--as', 'alice', '--size', '1G', '--listen', `unix:${path}`];
    const disk = await start(/Ctrl-C stops it and frees/, ...args);
    assert.equal((await disk.says(/^nbd.*\n/))[0], `nbd+unix:///?socket=${path}\n`);
    assert.match(disk.stderr, /the servers have 32 MiB in all/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { size, read } = await writeAndRead(path);
    assert.deepEqual([size, read.equals(Buffer.alloc(4096, 'remote '))], [2n ** 30n, true]);
    const { code, stderr } = await disk.stop();
    assert.deepEqual([code, /stopped, 1 MiB freed/.test(stderr)], [0, true], stderr);
    assert.ok(!existsSync(path));
    for (const server of [server1, server2]) {
      assert.match((await server.stop()).stderr, /stopped with 0 allocations/);
    }
  });

  it('refuses addresses that other machines reach, and what is no address or size', async () => {
    const run = async (...args: string[]) => {
      const { code, stderr } = await bluebridge(['disk', ...args]);
      return [code, stderr] as const;
    };
    const [code, stderr] = await run('--size', '1M', '--listen', 'tcp:0.0.0.0:10809');
    assert.equal(code, 2);
    assert.match(stderr, /0\.0\.0\.0 is not an address of this machine alone.*--public/);
    const [badAddress, why] = await run('--size', '1M', '--listen', '10809');
    assert.deepEqual([badAddress, /e\.g\. unix:\/run\/disk\.sock/.test(why)], [2, true]);
    assert.equal((await run('--size', 'much', '--listen', 'unix:x'))[0], 2);
  });
});
