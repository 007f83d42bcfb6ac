import { wirePair } from 'ethernet-wire';
import { MemoryClient } from '../../client/client.js';
import { MemoryServer } from '../../server/server.js';
import { NbdServer, type NbdServerOptions } from '../nbd/server.js';
import { Volume, type VolumeMemory } from '../volume.js';

const SERVER = { node: 0x101, mac: '02:00:00:00:01:01' };

export interface RemoteDiskOptions extends Partial<NbdServerOptions> {
  readonly size: number;
  readonly extent?: number;
  /** Of the memory server. */
  readonly capacity?: number;
}

/** A disk on one memory server, behind a wire, and an NBD server for it on a free port of loopback. */
export class RemoteDisk {
  private constructor(
    readonly memoryServer: MemoryServer,
    readonly client: MemoryClient,
    readonly volume: Volume,
    readonly server: NbdServer,
    /** The first that `onTrouble` was told. */
    readonly trouble: Promise<Error>,
  ) {}

  static async start(options: RemoteDiskOptions): Promise<RemoteDisk> {
    const [here, there] = wirePair();
    const { size, extent = 65_536, capacity = 32 << 20, ...rest } = options;
    const memoryServer = new MemoryServer({ ...SERVER, capacity, wire: there });
    const client = new MemoryClient({
      node: 1,
      mac: '02:00:00:00:00:01',
      gatewayMac: SERVER.mac,
      wire: here,
    });
    // There is no fabric to choose the server.
    const memory: VolumeMemory = {
      pageSize: client.pageSize,
      alloc: (bytes, asked) => client.alloc(bytes, { ...asked, node: SERVER.node }),
      read: (...args) => client.read(...args),
      write: (...args) => client.write(...args),
      trim: (...args) => client.trim(...args),
      free: (...args) => client.free(...args),
    };
    const volume = new Volume({ memory, size, extent });
    let onTrouble!: (error: Error) => void;
    const trouble = new Promise<Error>((resolve) => {
      onTrouble = resolve;
    });
    const server = await NbdServer.listen({
      device: volume,
      listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      onTrouble,
      ...rest,
    });
    return new RemoteDisk(memoryServer, client, volume, server, trouble);
  }

  /** @returns bytes that are still allocated on the memory server; 0 if nothing is lost */
  async stop(): Promise<number> {
    await this.server.close();
    await this.volume.close();
    const { allocatedBytes } = this.memoryServer.status;
    await this.client.close();
    await this.memoryServer.close();
    return allocatedBytes;
  }
}
