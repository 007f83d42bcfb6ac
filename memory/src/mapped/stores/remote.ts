import { openWire } from 'ethernet-wire';
import { MemoryClient } from '../../client/client.js';
import type { MemoryClientOptions } from '../../client/options.js';
import { Volume, type VolumeMemory } from '../../disk/volume.js';
import { MapError } from '../errors.js';
import type { PageStore } from '../store.js';

/** A MemoryClient in plain data: it is made in the thread that serves the faults, because the thread that faults stands still. */
export interface RemoteBackend
  extends Pick<
    MemoryClientOptions,
    'node' | 'mac' | 'gatewayMac' | 'pageSize' | 'mtu' | 'prefix' | 'port' | 'timeout'
  > {
  readonly kind: 'remote';
  /** As `openWire` takes it, e.g. `udp:127.0.0.1:7001,127.0.0.1:7101`. */
  readonly wire: string;
  /** The server that keeps the pages; default: those that the fabric chooses. */
  readonly server?: number;
  /** Bytes of remote memory that are allocated at once, a power of two. Default 1 MiB. */
  readonly extent?: number;
}

/** Pages on memory servers, in extents that are allocated when something is written to them and freed when the mapping ends. */
export class RemoteStore implements PageStore {
  readonly isPersistent = false;

  private constructor(
    private readonly volume: Volume,
    private readonly client: MemoryClient,
    private readonly pageSize: number,
  ) {}

  /** @throws MapError BAD_ARGUMENT, STORE_FAILED */
  static async open(backend: RemoteBackend, bytes: number, pageSize: number): Promise<RemoteStore> {
    const { kind: _, wire: spec, server, extent, ...options } = backend;
    const wire = await openWire(spec).catch((cause: Error) => {
      throw new MapError('STORE_FAILED', `the wire of the mapping's client: ${cause.message}`, { cause });
    });
    try {
      const client = new MemoryClient({ ...options, wire });
      const memory: VolumeMemory =
        server === undefined
          ? client
          : {
              pageSize: client.pageSize,
              alloc: (length, asked) => client.alloc(length, { ...asked, node: server }),
              read: (...args) => client.read(...args),
              write: (...args) => client.write(...args),
              trim: (...args) => client.trim(...args),
              free: (...args) => client.free(...args),
            };
      return new RemoteStore(new Volume({ memory, size: bytes, extent }), client, pageSize);
    } catch (cause) {
      await wire.close();
      throw new MapError('BAD_ARGUMENT', (cause as Error).message, { cause });
    }
  }

  async read(page: number, into: Uint8Array): Promise<void> {
    await this.volume.read(page * this.pageSize, into);
  }

  write(page: number, bytes: Uint8Array): Promise<void> {
    return this.volume.write(page * this.pageSize, bytes);
  }

  flush(): Promise<void> {
    return this.volume.flush();
  }

  /** @throws MapError STORE_FAILED if memory is left on a server */
  async close(): Promise<void> {
    const { left } = await this.volume.close();
    await this.client.close();
    if (left > 0)
      throw new MapError('STORE_FAILED', `${left} bytes could not be freed: their servers do not answer`);
  }
}
