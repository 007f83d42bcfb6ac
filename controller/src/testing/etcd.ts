import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';

/** A real etcd (Debian's etcd-server) of one member on loopback, for tests. */
export class TestEtcd {
  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<TestEtcd> {
    const [client, peer] = await Promise.all([freePort(), freePort()]);
    const folder = mkdtempSync(join(tmpdir(), 'bluebridge-etcd-'));
    const [url, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
    const args = ['--data-dir', folder, '--listen-client-urls', url, '--advertise-client-urls', url];
    args.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
    args.push('--initial-cluster', `default=${peerUrl}`, '--unsafe-no-fsync');
    const child = spawn('etcd', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`etcd ended with ${code}`)));
      child.stderr!.on('data', (text) => {
        if (String(text).includes('ready to serve client requests')) resolve();
      });
    });
    return new TestEtcd(url, child, folder);
  }

  /** It gives no answer, as a member without a quorum. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** As an operator may, or the end of a lease. */
  async remove(key: string): Promise<void> {
    const client = new Etcd3({ hosts: this.address });
    await client.delete().key(key);
    client.close();
  }

  async stop(): Promise<void> {
    const ended = this.child.exitCode === null ? once(this.child, 'exit') : undefined;
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
