import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RemoteDisk } from './testing/remote-disk.js';

const exec = promisify(execFile);
const MIB = 1 << 20;
const SIZE = 48 * MIB;

/** Clients that others wrote, from Debian: libnbd-bin, qemu-utils, fio, e2fsprogs. */
describe("an NBD server on remote memory, to other people's clients", function () {
  this.timeout(60_000);
  let folder: string;
  let disk: RemoteDisk;
  let uri: string;
  const at = (name: string): string => join(folder, name);
  const run = async (program: string, ...args: string[]): Promise<string> => {
    const { stdout } = await exec(program, args, { cwd: folder, timeout: 30_000, killSignal: 'SIGKILL' });
    return stdout;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bluebridge-disk-'));
    disk = await RemoteDisk.start({
      size: SIZE,
      extent: MIB,
      capacity: 64 * MIB,
      listen: { kind: 'unix', path: join(folder, 'disk.sock') },
      exportName: 'data',
      description: 'remote memory',
    });
    uri = disk.server.uri;
  });
  afterEach(async () => {
    assert.equal(await disk.stop(), 0, 'no memory is lost');
    await rm(folder, { recursive: true });
  });

  it('nbdinfo sees what the server can do', async () => {
    const { exports, ...protocol } = JSON.parse(await run('nbdinfo', '--list', '--json', uri));
    assert.deepEqual(protocol, { protocol: 'newstyle-fixed', TLS: false, structured: true });
    const [{ 'export-name': name, description, ...told }] = exports;
    assert.deepEqual([exports.length, name, description], [1, 'data', 'remote memory']);
    assert.equal(told['export-size'], SIZE);
    for (const can of ['cache', 'df', 'fast_zero', 'flush', 'fua', 'multi_conn', 'trim', 'zero']) {
      assert.equal(told[`can_${can}`], true, can);
    }
    assert.deepEqual(told.contexts, ['base:allocation']);
    assert.equal(told.block_size_maximum, 32 * MIB);
  });

  it('nbdinfo tells an export that is not there', async () => {
    await assert.rejects(
      run('nbdinfo', uri.replace('/data', '/other')),
      /No such file or directory for export: other/,
    );
  });

  it('nbdcopy copies there and back over four connections, holes stay holes', async () => {
    const image = Buffer.alloc(SIZE);
    randomBytes(3 * MIB + 5).copy(image, 2 * MIB - 1);
    randomBytes(1000).copy(image, 30 * MIB);
    await writeFile(at('image'), image);
    await run('nbdcopy', '--connections=4', '--threads=4', '--flush', at('image'), uri);
    assert.ok(disk.server.status.served >= 4);
    const map = JSON.parse(await run('nbdinfo', '--map', '--json', uri)) as Record<string, unknown>[];
    assert.deepEqual(
      map.filter(({ type }) => type === 0).map(({ offset, length }) => [offset, length]),
      [
        [MIB, 5 * MIB],
        [30 * MIB, MIB],
      ],
    );
    assert.equal(disk.memoryServer.status.allocatedBytes, 6 * MIB);
    await run('nbdcopy', uri, at('copy'));
    assert.ok((await readFile(at('copy'))).equals(image));
  });

  it('qemu-io writes, zeroes and discards at any offset; FUA and flush', async () => {
    const script = [
      'write -P 1 0 8M',
      'write -f -P 2 12345 100001',
      'write -z -u 2M 1M',
      'write -z 3M 1M',
      'discard 4M 1536k',
      'flush',
      'read -P 1 0 12345',
      'read -P 2 12345 100001',
      'read -P 1 112346 1000',
      'read -P 0 2M 3584k',
      'read -P 1 5632k 2560k',
    ];
    const output = await run('qemu-io', '-f', 'raw', ...script.flatMap((line) => ['-c', line]), uri);
    assert.doesNotMatch(output, /failed|error/i);
    // Extents 2 and 4 are given back; 3 was to keep its memory, and of 5 one half was discarded.
    assert.equal(disk.memoryServer.status.allocatedBytes, 6 * MIB);
  });

  it('qemu-io is told of an end that is none', async () => {
    const { stdout, stderr } = await exec('qemu-io', [
      '-f',
      'raw',
      '-c',
      `write ${SIZE - 512} 1k`,
      uri,
    ]).catch((error: { stdout: string; stderr: string }) => error);
    assert.match(stdout + stderr, /failed|error/i);
  });

  it('qemu-img puts a qcow2 image on it and compares the two', async () => {
    await writeFile(at('raw'), randomBytes(5 * MIB));
    await run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', at('raw'), at('image.qcow2'));
    await run('qemu-img', 'resize', '-q', at('image.qcow2'), String(SIZE));
    await run('qemu-img', 'convert', '-n', '-f', 'qcow2', '-O', 'raw', at('image.qcow2'), uri);
    assert.match(
      await run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'raw', at('image.qcow2'), uri),
      /identical/,
    );
    assert.equal(disk.memoryServer.status.allocatedBytes, 5 * MIB);
  });

  it("fio's nbd engine verifies every block that two jobs wrote in any order", async () => {
    const options = {
      ...{ name: 'job', ioengine: 'nbd', uri, rw: 'randwrite', bsrange: '1k-64k', iodepth: 16, size: '6m' },
      ...{
        numjobs: 2,
        offset_increment: '20m',
        verify: 'crc32c',
        do_verify: 1,
        fsync: 50,
        'output-format': 'json',
      },
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const { jobs } = JSON.parse(
      await run('fio', ...args, `--output=${at('fio.json')}`).then(() => readFile(at('fio.json'), 'utf8')),
    );
    assert.equal(jobs.length, 2);
    for (const { error, read, write } of jobs) {
      assert.deepEqual([error, read.io_bytes, write.io_bytes], [0, 6 * MIB, 6 * MIB]);
    }
  });

  it('carries an ext4 file system through nbdfuse and a loop mount; fsck finds it clean', async () => {
    const files = [1, 4096, 700_000].map((length) => randomBytes(length));
    await mkdir(at('mounted'));
    await withNbdfuse(uri, folder, async (image) => {
      await run('mkfs.ext4', '-q', image);
      await run('mount', '-o', 'loop', image, at('mounted'));
      try {
        for (const [i, content] of files.entries()) await writeFile(at(`mounted/file${i}`), content);
        await rm(at('mounted/file0'));
      } finally {
        await run('umount', at('mounted'));
      }
    });
    // Through another process: nothing of it can be in a cache.
    await withNbdfuse(uri, folder, async (image) => {
      assert.match(await run('fsck.ext4', '-f', '-n', image), /13\/\d+ files/);
      await run('mount', '-o', 'loop,ro', image, at('mounted'));
      try {
        // Nothing synchronous here: this process is the disk, and would wait for itself.
        assert.deepEqual((await readdir(at('mounted'))).sort(), ['file1', 'file2', 'lost+found']);
        for (const i of [1, 2]) assert.ok((await readFile(at(`mounted/file${i}`))).equals(files[i]!));
      } finally {
        await run('umount', at('mounted'));
      }
    });
  });
});

/** The disk as a file, while `use` runs. */
async function withNbdfuse(
  uri: string,
  folder: string,
  use: (image: string) => Promise<void>,
): Promise<void> {
  const mountPoint = join(folder, 'fuse');
  await mkdir(mountPoint);
  const pidFile = join(folder, 'nbdfuse.pid');
  const child = spawn('nbdfuse', ['--pidfile', pidFile, mountPoint, uri], { stdio: 'inherit' });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  try {
    await isThere(pidFile, child);
    await use(join(mountPoint, 'nbd'));
  } finally {
    await exec('umount', [mountPoint]).catch(() => child.kill('SIGKILL'));
    await ended;
    await rm(pidFile, { force: true });
    await rm(mountPoint, { recursive: true });
  }
}

/** Resolves when the file is there; rejects if the process ends before. */
function isThere(file: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(join(file, '..'));
    const settle = (done: () => void): void => {
      watcher.close();
      done();
    };
    const look = (): void => {
      if (existsSync(file)) settle(resolve);
    };
    watcher.on('change', look);
    child.on('error', (error) => settle(() => reject(error)));
    child.on('close', (code) => settle(() => reject(new Error(`nbdfuse ended with ${code}`))));
    look();
  });
}
