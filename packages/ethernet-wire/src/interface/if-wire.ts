import { countReceived, newStats } from '../delivery.js';
import { type FrameHandler, type Wire, WireError, type WireStats } from '../wire.js';
import { type Libc, loadLibc } from './libc.js';
import { EAGAIN, EINTR, EINVAL, EMSGSIZE, ENETDOWN, ENOBUFS, ENXIO, ETH_P_8021Q } from './linux.js';
import { abandon, viewMapping } from './mapping.js';
import {
  type IfWireOptions,
  interfaceIsGone,
  longestFrame,
  openPacketSocket,
  type PacketSocket,
  TX_SLOTS,
  takeRingDrops,
  takeSocketError,
} from './packet-socket.js';
import { Readiness } from './readiness.js';
import { RxRing } from './rx-ring.js';
import { TxBatch } from './tx-batch.js';

export interface IfWireStats extends WireStats {
  /**
   * Received frames dropped because they were longer than the MTU or left to the hardware to segment (TSO, GSO, GRO); turn that
   * off at the sender with `ethtool -K NAME tso off gso off gro off`. Also counted in `rxDropped`.
   */
  rxOversized: number;
}

export interface IfWire extends Wire {
  /** Reading it asks the kernel how many frames the ring lost. */
  readonly stats: Readonly<IfWireStats>;
}

/** How many frames a handler gets at once. Longer batches gain nothing and starve other wires. */
const RX_BATCH = 256;
/** How often a wire whose interface is down asks whether it is gone for good; the kernel reports only the former. */
const GONE_CHECK_MS = 100;

/**
 * Open a network interface as a wire: AF_PACKET with a TPACKET_V2 ring to receive and sendmmsg to send.
 * What this machine itself sends on the interface is not received. While the interface is down, frames sent are
 * dropped; it goes on when the interface comes back. When the interface is deleted, the wire fails.
 * @throws WireError WIRE_UNSUPPORTED, WIRE_NOT_FOUND, WIRE_PERMISSION, WIRE_FAILED
 */
export async function openIfWire(options: IfWireOptions): Promise<IfWire> {
  const sys = await loadLibc();
  return new IfWireImpl(sys, openPacketSocket(sys, options), options);
}

class IfWireImpl implements IfWire {
  readonly name: string;
  readonly maxFrame: number;
  readonly #stats: IfWireStats = { ...newStats(), rxOversized: 0 };
  readonly #rx: RxRing;
  readonly #tx: TxBatch;
  readonly #readiness: Readiness;
  #handler: FrameHandler | undefined;
  #onError: ((error: WireError) => void) | undefined;
  #failure: WireError | undefined;
  #flushing: NodeJS.Immediate | undefined;
  #goneCheck: NodeJS.Timeout | undefined;
  /** The socket's buffer is full: wait for it instead of asking again with each frame. */
  #blocked = false;
  #receiving = false;
  /** The last send found the interface down. */
  #down = false;
  #closed = false;

  constructor(
    private readonly sys: Libc,
    private readonly socket: PacketSocket,
    options: IfWireOptions,
  ) {
    this.name = `if:${options.interfaceName}`;
    this.maxFrame = socket.mtu + 14;
    this.#rx = new RxRing(viewMapping(sys, socket.ring), socket.geometry);
    this.#tx = new TxBatch(
      viewMapping(sys, socket.tx),
      socket.tx.address,
      TX_SLOTS,
      longestFrame(socket.mtu),
    );
    this.#readiness = new Readiness(
      sys,
      socket.fd,
      () => this.#service(),
      () => this.#handler !== undefined && this.#rx.hasFrames,
      () => this.#linkTrouble(),
      options.moderated !== false,
    );
  }

  get stats(): Readonly<IfWireStats> {
    if (!this.#closed) this.#countDrops();
    return this.#stats;
  }

  send(frame: Uint8Array): boolean {
    if (this.#closed || frame.length === 0 || frame.length > this.#limit(frame)) return this.#dropped();
    if (this.#tx.full) {
      if (!this.#blocked) this.flush();
      if (this.#tx.full || this.#closed) return this.#dropped();
    }
    this.#tx.push(frame);
    this.#flushing ??= setImmediate(this.#flushLater);
    return true;
  }

  flush(): void {
    const tx = this.#tx;
    while (tx.count > 0 && !this.#closed) {
      const sent = this.sys.sendmmsg(this.socket.fd, tx.first, tx.contiguous, 0);
      if (sent > 0) {
        this.#down = false;
        this.#stats.txFrames += sent;
        this.#stats.txBytes += tx.shift(sent);
      } else if (!this.#sendFailed(this.sys.errno())) {
        return;
      }
    }
    this.#block(false);
  }

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
    if (!this.#closed) this.#readiness.setReading();
  }

  onError(handler: (error: WireError) => void): void {
    this.#onError = handler;
    if (this.#failure !== undefined) handler(this.#failure);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.flush();
    if (this.#closed) return; // the flush found the interface gone
    this.#closed = true;
    this.#countDrops();
    this.#stats.txDropped += this.#tx.count;
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#stopWatching();
    this.#readiness.close();
    // Called by the handler, the ring is still in use until it returns.
    if (!this.#receiving) this.#unmap();
  }

  readonly #flushLater = (): void => {
    this.#flushing = undefined;
    if (!this.#blocked) this.flush();
  };

  /** The kernel allows a VLAN tag on top of the MTU (packet_extra_vlan_len_allowed). */
  #limit(frame: Uint8Array): number {
    const tagged = frame.length > 14 && ((frame[12]! << 8) | frame[13]!) === ETH_P_8021Q;
    return tagged ? this.maxFrame + 4 : this.maxFrame;
  }

  #dropped(): false {
    this.#stats.txDropped++;
    return false;
  }

  #drop(count: number): void {
    this.#tx.shift(count);
    this.#stats.txDropped += count;
  }

  /** What to do when the kernel did not take the first waiting frame. @returns whether to go on with the next */
  #sendFailed(errno: number): boolean {
    switch (errno) {
      case EINTR:
        return true;
      case EAGAIN: // the socket's buffer is full; the frames wait until it has room
        this.#block(true);
        return false;
      case ENOBUFS: // the queueing discipline dropped it
      case EMSGSIZE: // the MTU has become smaller
      case EINVAL: // shorter than an Ethernet header
        this.#drop(1);
        return true;
      case ENETDOWN:
        this.#watchForDeletion();
        // The first may be a note of the past, left from before the interface came up again; the second is not.
        if (!this.#down) this.#down = true;
        else this.#drop(this.#tx.count);
        return true;
      default:
        this.#drop(this.#tx.count);
        this.#fail(errno === ENXIO ? 'the interface is gone' : `cannot send: ${this.sys.strerror(errno)}`);
        return false;
    }
  }

  #block(on: boolean): void {
    this.#blocked = on;
    if (!this.#closed) this.#readiness.setWriting(on);
  }

  #service(): number {
    if (this.#blocked) this.flush();
    const handler = this.#handler;
    if (handler === undefined || this.#closed) return 0;
    const frames = this.#rx.take(RX_BATCH);
    const { length } = frames;
    this.#receiving = true;
    try {
      if (length > 0) {
        this.#stopWatching();
        countReceived(this.#stats, frames);
        handler(frames);
      }
    } finally {
      this.#receiving = false;
      this.#rx.release();
      if (this.#closed) this.#unmap();
    }
    return length;
  }

  /** The socket has an error, of which libuv tells only that it is there. */
  #linkTrouble(): void {
    const errno = takeSocketError(this.sys, this.socket.fd);
    if (interfaceIsGone(this.sys, this.socket.fd)) return this.#fail('the interface is gone');
    if (errno !== 0 && errno !== ENETDOWN)
      return this.#fail(`the socket failed: ${this.sys.strerror(errno)}`);
    this.#watchForDeletion();
    this.#readiness.poll();
  }

  /** The interface is down, perhaps on its way to being deleted. When it comes up the kernel goes on by itself. */
  #watchForDeletion(): void {
    this.#goneCheck ??= setInterval(() => {
      if (interfaceIsGone(this.sys, this.socket.fd)) this.#fail('the interface is gone');
    }, GONE_CHECK_MS);
  }

  #stopWatching(): void {
    if (this.#goneCheck === undefined) return;
    clearInterval(this.#goneCheck);
    this.#goneCheck = undefined;
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new WireError('WIRE_FAILED', `${this.name}: ${reason}`);
    void this.close();
    this.#onError?.(this.#failure);
  }

  #countDrops(): void {
    const drops = takeRingDrops(this.sys, this.socket.fd) + this.#rx.oversized;
    this.#stats.rxOversized += this.#rx.oversized;
    this.#rx.oversized = 0;
    this.#stats.rxDropped += drops;
  }

  #unmap(): void {
    const { fd, ring, tx } = this.socket;
    abandon(this.sys, ring);
    abandon(this.sys, tx);
    this.sys.close(fd);
  }
}
