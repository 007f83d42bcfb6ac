import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NbdClient } from '../testing/nbd-client.js';
import { RemoteDisk, type RemoteDiskOptions } from '../testing/remote-disk.js';
import { NbdServer } from './server.js';

const FLUSH = 3;

describe('an NBD server on a Unix socket', () => {
  const disks: RemoteDisk[] = [];
  const clients: NbdClient[] = [];
  const start = async (options: Partial<RemoteDiskOptions> = {}): Promise<RemoteDisk> => {
    const disk = await RemoteDisk.start({ size: 1 << 20, ...options });
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
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bluebridge-disk-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const listen = () => ({ kind: 'unix', path: join(folder, 'disk.sock') }) as const;

  it('only its owner may connect, and the file goes at the end', async () => {
    const disk = await start({ listen: listen() });
    const { path } = listen();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await (await open(disk)).ask({ type: FLUSH })).error, 0);
    await disk.server.close();
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  it('refuses a path where another one listens, or that is no socket', async () => {
    const disk = await start({ listen: listen() });
    const { volume: device } = disk;
    const again = NbdServer.listen({ device, listen: listen() });
    await assert.rejects(again, { code: 'LISTEN_FAILED', message: /disk\.sock: .*EADDRINUSE/ });
    assert.equal((await (await open(disk)).ask({ type: FLUSH })).error, 0);
    const path = join(folder, 'file');
    await writeFile(path, 'precious');
    await assert.rejects(NbdServer.listen({ device, listen: { kind: 'unix', path } }), {
      code: 'LISTEN_FAILED',
    });
    assert.equal((await stat(path)).size, 8);
  });

  it('takes the place of a socket that a killed process left', async () => {
    const { path } = listen();
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(path, resolve));
    await leave(left, path);
    const disk = await start({ listen: listen() });
    assert.equal((await (await open(disk)).ask({ type: FLUSH })).error, 0);
  });
});

/** Stop listening, and leave the file as a process that was killed does. */
async function leave(server: ReturnType<typeof createServer>, path: string): Promise<void> {
  await rename(path, `${path}.kept`);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await rename(`${path}.kept`, path);
  await new Promise<void>((resolve, reject) => {
    const probe = connect({ path }, () => reject(new Error('somebody listens')));
    probe.on('error', () => resolve());
  });
}
