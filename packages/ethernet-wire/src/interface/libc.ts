import { WireError } from '../wire.js';

/** What koffi's poll handle (libuv's uv_poll_t) really passes; its type declaration leaves the status out. */
export type PollCallback = (status: number, events: { readable: boolean; writable: boolean }) => void;

export interface PollHandle {
  start(
    events: { readable?: boolean; writable?: boolean; disconnect?: boolean },
    callback: PollCallback,
  ): void;
  stop(): void;
  close(): void;
}

/** The system calls that an AF_PACKET wire makes. They return -1 and set `errno()` as in C. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number;
  setsockopt(
    fd: number,
    level: number,
    name: number,
    value: Uint8Array | Uint32Array,
    length: number,
  ): number;
  getsockopt(fd: number, level: number, name: number, value: Uint32Array, length: Uint32Array): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  mmap(
    address: bigint | null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint | null;
  munmap(address: bigint, length: number): number;
  sendmmsg(fd: number, messages: bigint, count: number, flags: number): number;
  close(fd: number): number;
  if_nametoindex(name: string): number;
  timerfd_create(clock: number, flags: number): number;
  timerfd_settime(fd: number, flags: number, value: BigInt64Array, old: null): number;
  read(fd: number, into: Uint8Array, length: number): number;
  strerror(errno: number): string;
  errno(): number;
  /** Memory at an address as an ArrayBuffer, without a copy. */
  view(address: bigint, length: number): ArrayBuffer;
  poll(fd: number, events: { readable?: boolean; disconnect?: boolean }, callback: PollCallback): PollHandle;
}

const PROTOTYPES = {
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, void *, uint32_t)',
  getsockname: 'int getsockname(int, void *, void *)',
  setsockopt: 'int setsockopt(int, int, int, void *, uint32_t)',
  getsockopt: 'int getsockopt(int, int, int, void *, void *)',
  ioctl: 'int ioctl(int, ulong, void *)',
  mmap: 'void *mmap(void *, size_t, int, int, int, int64_t)',
  munmap: 'int munmap(void *, size_t)',
  sendmmsg: 'int sendmmsg(int, void *, uint32_t, int)',
  close: 'int close(int)',
  if_nametoindex: 'uint32_t if_nametoindex(const char *)',
  timerfd_create: 'int timerfd_create(int, int)',
  timerfd_settime: 'int timerfd_settime(int, int, void *, void *)',
  read: 'int64_t read(int, void *, size_t)',
  strerror: 'const char *strerror(int)',
} as const;

let loaded: Promise<Libc> | undefined;

/**
 * Load koffi and bind the calls, once, when the first `if:` wire is opened: machines that are not Linux, or have no
 * prebuilt koffi, keep all other wires.
 * @throws WireError WIRE_UNSUPPORTED that says what is missing
 */
export function loadLibc(platform: string = process.platform, importKoffi = defaultImport): Promise<Libc> {
  if (platform !== 'linux') {
    return Promise.reject(
      new WireError(
        'WIRE_UNSUPPORTED',
        `if: wires use Linux packet sockets and this is ${platform}; use a udp: wire, which works everywhere`,
      ),
    );
  }
  if (importKoffi !== defaultImport) return bindAll(importKoffi);
  loaded ??= bindAll(importKoffi);
  return loaded;
}

type Koffi = typeof import('koffi');
const defaultImport = async (): Promise<Koffi> => (await import('koffi')).default as unknown as Koffi;

async function bindAll(importKoffi: () => Promise<Koffi>): Promise<Libc> {
  try {
    const koffi = await importKoffi();
    const process = koffi.load(null);
    const calls = Object.fromEntries(
      Object.entries(PROTOTYPES).map(([name, prototype]) => [name, process.func(prototype)]),
    );
    return {
      ...calls,
      errno: koffi.errno,
      view: koffi.view,
      poll: koffi.node.poll,
    } as unknown as Libc;
  } catch (cause) {
    throw new WireError(
      'WIRE_UNSUPPORTED',
      `if: wires call the kernel through koffi, which cannot be loaded here: ${(cause as Error).message}`,
      { cause },
    );
  }
}
