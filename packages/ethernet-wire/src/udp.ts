import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { Delivery, newStats } from './delivery.js';
import { type Endpoint, formatWireSpec } from './spec.js';
import { type FrameHandler, type Wire, WireError, type WireErrorCode, type WireStats } from './wire.js';

export interface UdpWireStats extends WireStats {
  /** Datagrams that came from anyone but the peer. They are ignored and counted nowhere else. */
  rxForeign: number;
}

export interface UdpWire extends Wire {
  readonly stats: Readonly<UdpWireStats>;
  /** What the socket is bound to; the port is the real one also where the spec said 0. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

export interface UdpWireOptions {
  local: Endpoint;
  remote: Endpoint;
  /** Largest frame in bytes. Default and limit 65507, the payload of the largest IPv4 datagram. */
  maxFrame?: number;
  /** Frames that may wait for a handler, and frames that may wait for the socket. Default 1024. */
  queueFrames?: number;
  /** SO_RCVBUF and SO_SNDBUF in bytes, as far as net.core.rmem_max and wmem_max allow. Default 4 MiB. */
  bufferBytes?: number;
}

const MAX_DATAGRAM = 65507;

/**
 * A tunnel of Ethernet frames, one a UDP datagram with nothing around it, which is also what QEMU's
 * `-netdev dgram` and `-netdev socket,udp=` speak. Needs no privilege.
 *
 * The socket is not connect()ed on purpose: a peer that has not started yet would otherwise answer our first frames with
 * ICMP errors, and datagrams of strangers would vanish uncounted.
 * @throws WireError WIRE_IN_USE, WIRE_NOT_FOUND (no such local address), WIRE_PERMISSION, WIRE_FAILED
 */
export async function openUdpWire(options: UdpWireOptions): Promise<UdpWire> {
  const { local, bufferBytes = 4 << 20 } = options;
  const family = local.host.includes(':') ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    // Hosts are literals: answering at once keeps a send synchronous where dns.lookup would defer it.
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(bindError(options, error));
    });
    socket.bind({ address: local.host, port: local.port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  try {
    socket.setRecvBufferSize(bufferBytes);
    socket.setSendBufferSize(bufferBytes);
  } catch {
    // The defaults work too, they only drop earlier under bursts.
  }
  return new UdpWireImpl(socket, options);
}

function bindError(options: UdpWireOptions, error: NodeJS.ErrnoException): WireError {
  const name = formatWireSpec({ kind: 'udp', ...options });
  const { host, port } = options.local;
  const [code, message] = ((): [WireErrorCode, string] => {
    switch (error.code) {
      case 'EADDRINUSE':
        return [
          'WIRE_IN_USE',
          `port ${port} of ${host} is taken by another socket; take another port, or 0 for any free one`,
        ];
      case 'EADDRNOTAVAIL':
        return ['WIRE_NOT_FOUND', `${host} is not an address of this machine`];
      case 'EACCES':
        return ['WIRE_PERMISSION', `port ${port} is reserved for root; take one above 1023`];
      default:
        return ['WIRE_FAILED', `cannot bind: ${error.message}`];
    }
  })();
  return new WireError(code, `${name}: ${message}`, { cause: error });
}

class UdpWireImpl implements UdpWire {
  readonly name: string;
  readonly maxFrame: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly stats: UdpWireStats = { ...newStats(), rxForeign: 0 };
  readonly #socket: Socket;
  readonly #queueFrames: number;
  readonly #delivery: Delivery;
  /** Node gives each datagram a buffer of its own, so they wait here as they are, uncopied. */
  #inbox: Uint8Array[] = [];
  #unsent = 0;
  #onError: ((error: WireError) => void) | undefined;
  #failure: WireError | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, { remote, maxFrame = MAX_DATAGRAM, queueFrames = 1024 }: UdpWireOptions) {
    const { address, port } = socket.address();
    this.#socket = socket;
    this.#queueFrames = queueFrames;
    this.local = { host: address, port };
    this.remote = remote;
    this.name = formatWireSpec({ kind: 'udp', local: this.local, remote });
    this.maxFrame = Math.min(maxFrame, MAX_DATAGRAM);
    this.#delivery = new Delivery(
      () => this.#take(),
      () => this.#inbox.length,
      this.stats,
    );
    socket.on('message', this.#receive);
    socket.on('error', this.#fail);
  }

  send(frame: Uint8Array): boolean {
    const { length } = frame;
    if (
      this.#closing !== undefined ||
      length === 0 ||
      length > this.maxFrame ||
      this.#unsent >= this.#queueFrames
    ) {
      this.stats.txDropped++;
      return false;
    }
    this.stats.txFrames++;
    this.stats.txBytes += length;
    this.#unsent++;
    // Node hands the datagram to the kernel before send() returns, or keeps the buffer until the socket has room:
    // for the second case it must be a copy.
    this.#socket.send(Buffer.from(frame), this.remote.port, this.remote.host, (error) => {
      this.#unsent--;
      if (error === null) return;
      // No route, larger than the path takes: this datagram is lost, the tunnel is not.
      this.stats.txFrames--;
      this.stats.txBytes -= length;
      this.stats.txDropped++;
    });
    return true;
  }

  /** Nothing to do: datagrams leave as they are sent. */
  flush(): void {}

  onFrames(handler: FrameHandler): void {
    this.#delivery.setHandler(handler);
  }

  onError(handler: (error: WireError) => void): void {
    this.#onError = handler;
    if (this.#failure !== undefined) handler(this.#failure);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#delivery.stop();
    this.stats.rxDropped += this.#inbox.length;
    this.#inbox = [];
    this.#socket.off('message', this.#receive);
    // Datagrams that wait for room in the socket would be cancelled by close(): let them leave first.
    while (this.#unsent > 0 && this.#failure === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #take(): readonly Uint8Array[] {
    const frames = this.#inbox;
    this.#inbox = [];
    return frames;
  }

  readonly #receive = (datagram: Uint8Array, from: RemoteInfo): void => {
    if (from.port !== this.remote.port || from.address !== this.remote.host) {
      this.stats.rxForeign++;
    } else if (datagram.length === 0 || this.#inbox.length >= this.#queueFrames) {
      this.stats.rxDropped++;
    } else {
      // A plain Uint8Array, as the other wires give: Buffer.slice() shares memory where Uint8Array.slice() copies.
      this.#inbox.push(new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length));
      this.#delivery.schedule();
    }
  };

  readonly #fail = (cause: Error): void => {
    if (this.#failure !== undefined) return;
    this.#failure = new WireError('WIRE_FAILED', `${this.name}: the socket failed: ${cause.message}`, {
      cause,
    });
    void this.close();
    this.#onError?.(this.#failure);
  };
}
