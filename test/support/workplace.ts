import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './bluebridge.js';

/** A folder of a test's own, removed by `remove`. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'bluebridge-test-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array, mode = 0o644): string {
    writeFileSync(this.path(name), content, { mode });
    return this.path(name);
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** The quick start's specification with ports that are free on this machine, so that tests do not meet other people's. */
  async quickstart(): Promise<string> {
    let spec = readFileSync(join(ROOT, 'examples/quickstart.yaml'), 'utf8');
    for (const port of new Set(spec.match(/127\.0\.0\.1:\d+/g))) {
      spec = spec.replaceAll(port, `127.0.0.1:${await freeUdpPort()}`);
    }
    spec = spec.replace('- name: s1', `- { name: s1, p4runtime: "127.0.0.1:${await freeTcpPort()}" }`);
    return this.write('quickstart.yaml', spec);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const handedOut = new Set<number>();

async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.on('error', reject);
      socket.bind(0, '127.0.0.1', () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
    });
    if (!handedOut.has(port)) {
      handedOut.add(port);
      return port;
    }
  }
}

async function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
