import { readFileSync } from 'node:fs';
import { WireError, type WireErrorCode } from '../wire.js';
import type { Libc } from './libc.js';
import * as linux from './linux.js';
import type { Mapping } from './mapping.js';
import { type RingGeometry, ringGeometry } from './rx-ring.js';
import { txBatchBytes } from './tx-batch.js';

export interface IfWireOptions {
  interfaceName: string;
  /** Receive also what is addressed to other MAC addresses. Default true: a switch port must. */
  promiscuous?: boolean;
  /**
   * Hand frames to the driver past the queueing discipline (PACKET_QDISC_BYPASS). Default false: with it, frames that the
   * driver has no room for are lost, and traffic shaping does not apply.
   */
  qdiscBypass?: boolean;
  /**
   * Memory for received frames that wait. Default 8 MiB, about 5,000 frames at an MTU of 1500. 2 MiB would stay in a CPU's cache,
   * which was not to be measured between processes that share their CPUs; a burst of 2,048 frames lost 2 % of them there.
   */
  ringBytes?: number;
  /** Take frames by a 50 us tick at high rates instead of a wake-up each; see readiness.ts. Default true. */
  moderated?: boolean;
}

export interface PacketSocket {
  readonly fd: number;
  readonly mtu: number;
  readonly geometry: RingGeometry;
  readonly ring: Mapping;
  readonly tx: Mapping;
}

export const TX_SLOTS = 256;

/** Longest frame, counting a VLAN tag, which the kernel allows on top of the MTU. */
export function longestFrame(mtu: number): number {
  return mtu + 18;
}

/**
 * Open and set up an AF_PACKET socket. It takes part only once it is bound, at the very end, so that nothing arrives in
 * a half-made ring.
 * @throws WireError WIRE_NOT_FOUND, WIRE_PERMISSION, WIRE_UNSUPPORTED, WIRE_FAILED
 */
export function openPacketSocket(sys: Libc, options: IfWireOptions): PacketSocket {
  const name = options.interfaceName;
  const index = sys.if_nametoindex(name);
  if (index === 0) {
    throw new WireError(
      'WIRE_NOT_FOUND',
      `if:${name}: there is no interface "${name}"; this machine has ${interfaceNames().join(', ')}`,
    );
  }
  const fail = (what: string): WireError => failure(sys, name, what);
  const fd = sys.socket(
    linux.AF_PACKET,
    linux.SOCK_RAW | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC,
    0, // no protocol: receive nothing before bind
  );
  if (fd < 0) throw fail('a packet socket');
  const mapped: Mapping[] = [];
  const map = (bytes: number, flags: number, of: number): Mapping => {
    const address = sys.mmap(null, bytes, linux.PROT_READ_WRITE, flags, of, 0);
    // MAP_FAILED is (void *)-1.
    if (address === null || BigInt.asIntN(64, address) === -1n) throw fail(`${bytes} bytes of mapped memory`);
    mapped.push({ address, bytes });
    return { address, bytes };
  };
  const set = (level: number, option: number, what: string, ...words: number[]): void => {
    const value = Uint32Array.from(words);
    if (sys.setsockopt(fd, level, option, value, value.byteLength) < 0) throw fail(what);
  };
  try {
    const mtu = mtuOf(sys, fd, name, fail);
    const geometry = ringGeometry(options.ringBytes ?? 8 << 20, longestFrame(mtu));
    const { blockBytes, blocks, slotBytes, slots } = geometry;
    set(linux.SOL_PACKET, linux.PACKET_VERSION, 'TPACKET_V2', linux.TPACKET_V2);
    set(linux.SOL_PACKET, linux.PACKET_VNET_HDR, 'PACKET_VNET_HDR', 1);
    set(linux.SOL_PACKET, linux.PACKET_IGNORE_OUTGOING, 'PACKET_IGNORE_OUTGOING (Linux 4.20)', 1);
    if (options.qdiscBypass === true) {
      set(linux.SOL_PACKET, linux.PACKET_QDISC_BYPASS, 'PACKET_QDISC_BYPASS', 1);
    }
    set(linux.SOL_PACKET, linux.PACKET_RX_RING, 'a receive ring', blockBytes, blocks, slotBytes, slots);
    growSendBuffer(sys, fd);
    const ring = map(blockBytes * blocks, linux.MAP_SHARED, fd);
    const tx = map(txBatchBytes(TX_SLOTS, longestFrame(mtu)), linux.MAP_PRIVATE_ANONYMOUS, -1);
    if (options.promiscuous !== false) {
      // struct packet_mreq: ifindex i32, type u16, address length u16, address 8 bytes
      set(
        linux.SOL_PACKET,
        linux.PACKET_ADD_MEMBERSHIP,
        'promiscuous mode',
        index,
        linux.PACKET_MR_PROMISC,
        0,
        0,
      );
    }
    bindTo(sys, fd, index, fail);
    const type = hardwareType(sys, fd);
    if (type !== linux.ARPHRD_ETHER && type !== linux.ARPHRD_LOOPBACK) {
      throw new WireError(
        'WIRE_UNSUPPORTED',
        `if:${name}: its frames are not Ethernet (hardware type ${type}); use an Ethernet, veth, bridge or tap interface`,
      );
    }
    return { fd, mtu, geometry, ring, tx };
  } catch (error) {
    for (const { address, bytes } of mapped) sys.munmap(address, bytes);
    sys.close(fd);
    throw error;
  }
}

/** The names of /proc/net/dev, which unlike /sys always shows the network namespace of the process. */
function interfaceNames(): string[] {
  try {
    const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
    return lines.flatMap((line) => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trim()] : []));
  } catch {
    return ['none that can be listed'];
  }
}

function failure(sys: Libc, name: string, what: string): WireError {
  const errno = sys.errno();
  const [code, hint] = ((): [WireErrorCode, string] => {
    switch (errno) {
      case linux.EPERM:
      case linux.EACCES:
        return [
          'WIRE_PERMISSION',
          'packet sockets need CAP_NET_RAW: run as root, or give it with `sudo setcap cap_net_raw+ep $(readlink -f $(which node))`, or use a udp: wire, which needs no privilege',
        ];
      case linux.EAFNOSUPPORT:
      case linux.ENOPROTOOPT:
        return ['WIRE_UNSUPPORTED', 'this kernel does not have it'];
      case linux.ENODEV:
      case linux.ENXIO:
        return ['WIRE_NOT_FOUND', 'the interface went away'];
      default:
        return ['WIRE_FAILED', 'the kernel refused'];
    }
  })();
  return new WireError(code, `if:${name}: cannot have ${what} (${sys.strerror(errno)}): ${hint}`);
}

function mtuOf(sys: Libc, fd: number, name: string, fail: (what: string) => WireError): number {
  const request = new Uint8Array(40); // struct ifreq: name 16 bytes, then the value
  request.set(Buffer.from(name));
  if (sys.ioctl(fd, linux.SIOCGIFMTU, request) < 0) throw fail('the MTU');
  return new DataView(request.buffer).getInt32(16, true);
}

/** A batch of TX_SLOTS jumbo frames is more than the default socket buffer takes. */
function growSendBuffer(sys: Libc, fd: number): void {
  const bytes = Uint32Array.of(4 << 20);
  if (sys.setsockopt(fd, linux.SOL_SOCKET, linux.SO_SNDBUFFORCE, bytes, 4) < 0) {
    sys.setsockopt(fd, linux.SOL_SOCKET, linux.SO_SNDBUF, bytes, 4); // as far as net.core.wmem_max allows
  }
}

function bindTo(sys: Libc, fd: number, index: number, fail: (what: string) => WireError): void {
  const address = new Uint8Array(linux.SOCKADDR_LL_BYTES);
  const view = new DataView(address.buffer);
  view.setUint16(0, linux.AF_PACKET, true);
  view.setUint16(2, linux.ETH_P_ALL, false);
  view.setInt32(4, index, true);
  if (sys.bind(fd, address, address.length) < 0) throw fail('the interface');
}

function socketName(sys: Libc, fd: number): DataView {
  const address = new Uint8Array(32);
  sys.getsockname(fd, address, Uint32Array.of(address.length));
  return new DataView(address.buffer);
}

function hardwareType(sys: Libc, fd: number): number {
  return socketName(sys, fd).getUint16(8, true);
}

/** When an interface is deleted, the kernel sets the index of the sockets that were bound to it to -1. */
export function interfaceIsGone(sys: Libc, fd: number): boolean {
  return socketName(sys, fd).getInt32(4, true) === -1;
}

/** The pending error of a socket, which is thereby cleared. */
export function takeSocketError(sys: Libc, fd: number): number {
  const value = Uint32Array.of(0);
  sys.getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, value, Uint32Array.of(4));
  return value[0]!;
}

/** Frames lost because the ring was full, since the last call. */
export function takeRingDrops(sys: Libc, fd: number): number {
  const value = Uint32Array.of(0, 0, 0); // struct tpacket_stats: packets, drops
  sys.getsockopt(fd, linux.SOL_PACKET, linux.PACKET_STATISTICS, value, Uint32Array.of(12));
  return value[1]!;
}
