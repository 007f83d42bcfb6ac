import { chmod, lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type BlockDevice, DiskError } from '../device.js';
import { NbdConnection } from './connection.js';
import { MAX_STRING } from './constants.js';
import type { Export } from './handshake.js';
import { type ListenAddress, nbdUri } from './listen.js';

export interface NbdServerOptions {
  readonly device: BlockDevice;
  readonly listen: ListenAddress;
  /** What clients ask for. Default: the empty name. */
  readonly exportName?: string;
  readonly description?: string;
  /** Bytes of a request that costs no more than it must; a power of two. Default 4096. */
  readonly preferredBlock?: number;
  /** More clients than these are turned away. Default 32. */
  readonly maxConnections?: number;
  /** Milliseconds. Default 10,000. */
  readonly handshakeTimeout?: number;
  /** Milliseconds that clients have to read their last replies. Default 2000. */
  readonly lingerTimeout?: number;
  /** Told of connections that did not end as they should. */
  readonly onTrouble?: (error: Error) => void;
}

/** An NBD server (fixed newstyle) for one device. The device stays the caller's. */
export class NbdServer {
  readonly #connections = new Set<NbdConnection>();
  readonly #server: Server;
  #closing: Promise<void> | undefined;
  #served = 0;

  private constructor(
    private readonly options: NbdServerOptions,
    /** With the port that was taken, where 0 was asked for. */
    public readonly address: ListenAddress,
    server: Server,
  ) {
    this.#server = server;
  }

  /** @throws DiskError LISTEN_FAILED, BAD_ARGUMENT */
  static async listen(options: NbdServerOptions): Promise<NbdServer> {
    const { listen, exportName = '' } = options;
    if (Buffer.byteLength(exportName) > MAX_STRING) {
      throw new DiskError('BAD_ARGUMENT', `the name of an export has at most ${MAX_STRING} bytes`);
    }
    // Half-open: a client that has sent its last request still wants the reply.
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    if (listen.kind === 'unix') await removeStale(listen.path);
    try {
      await bind(listener, listen);
      if (listen.kind === 'unix') await chmod(listen.path, 0o600);
    } catch (error) {
      listener.close();
      const where = listen.kind === 'unix' ? listen.path : `${listen.host}:${listen.port}`;
      throw new DiskError('LISTEN_FAILED', `cannot listen on ${where}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const bound = listener.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    const server = new NbdServer(options, listen.kind === 'tcp' ? { ...listen, port } : listen, listener);
    listener.on('connection', (socket) => server.#accept(socket));
    listener.on('error', (error) => options.onTrouble?.(error));
    return server;
  }

  get uri(): string {
    return nbdUri(this.address, this.options.exportName ?? '');
  }

  /** Clients now, and since the beginning. */
  get status(): { connections: number; served: number } {
    return { connections: this.#connections.size, served: this.#served };
  }

  /** Listen no more, answer what is under way, close every connection, remove the socket's file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Removes the file of a Unix socket, too.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await closed;
  }

  #accept(socket: Socket): void {
    const {
      maxConnections = 32,
      exportName: name = '',
      description = '',
      preferredBlock = 4096,
    } = this.options;
    const { device, handshakeTimeout = 10_000, lingerTimeout = 2000, onTrouble } = this.options;
    if (this.#closing || this.#connections.size >= maxConnections) {
      socket.on('error', () => {});
      socket.destroy();
      if (!this.#closing) onTrouble?.(new Error(`a client was turned away: ${maxConnections} are connected`));
      return;
    }
    const disk: Export = { name, description, size: device.size, preferredBlock };
    const connection = new NbdConnection(socket, { device, disk, handshakeTimeout, lingerTimeout });
    this.#connections.add(connection);
    this.#served++;
    void connection.ended.then((reason) => {
      this.#connections.delete(connection);
      if (reason) onTrouble?.(reason);
    });
  }
}

function bind(server: Server, listen: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (listen.kind === 'tcp') {
      server.listen({ host: listen.host, port: listen.port }, done);
      return;
    }
    // The file is there before its mode can be set; nobody else shall connect in between.
    const mask = process.umask(0o177);
    try {
      server.listen({ path: listen.path }, done);
    } finally {
      process.umask(mask);
    }
  });
}

/** A socket on which nobody listens any more is left over from a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const isStale = await new Promise<boolean>((resolve) => {
    const probe = connect({ path }, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (isStale) await rm(path, { force: true });
}
