import { MapError } from './errors.js';

/** libuv's poll handle, as koffi gives it. */
export interface PollHandle {
  stop(): void;
  close(): void;
}

/** The system calls that mapped memory makes. They return -1 and set `errno()` as in C. Tests put another in its place. */
export interface Kernel {
  readonly architecture: string;
  /** Bytes. */
  readonly pageSize: number;
  syscall(number: number, argument: number): number;
  open(path: string, flags: number): number;
  close(fd: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  ioctl(fd: number, request: number, argument: BigUint64Array | number): number;
  mmap(address: bigint | null, length: number, protection: number, flags: number): bigint | undefined;
  munmap(address: bigint, length: number): number;
  madvise(address: bigint, length: number, advice: number): number;
  /** Copy from memory at an address. */
  copyFrom(into: Uint8Array, address: bigint, length: number): void;
  errno(): number;
  strerror(errno: number): string;
  /** Memory at an address as an ArrayBuffer, without a copy. */
  view(address: bigint, length: number): ArrayBuffer;
  /** Call back while the descriptor is readable. */
  poll(fd: number, events: { readable: true }, call: () => void): PollHandle;
}

const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** @throws MapError UNSUPPORTED that says what is missing */
export async function loadKernel(platform: string = process.platform): Promise<Kernel> {
  if (platform !== 'linux') {
    throw new MapError(
      'UNSUPPORTED',
      `mapped memory is served through Linux's userfaultfd, and this is ${platform}; use read and write of a MemoryClient here`,
    );
  }
  try {
    return bind((await import('koffi')).default);
  } catch (cause) {
    const text = `mapped memory calls the kernel through koffi, which cannot be loaded here: ${(cause as Error).message}`;
    throw new MapError('UNSUPPORTED', text, { cause });
  }
}

function bind(koffi: typeof import('koffi').default): Kernel {
  const libc = koffi.load(null);
  const ioctlPointer = libc.func('int ioctl(int, ulong, void *)');
  const ioctlNumber = libc.func('ioctl', 'int', ['int', 'ulong', 'ulong']);
  const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const memcpy = libc.func('void *memcpy(void *, void *, size_t)');
  const getpagesize = libc.func('int getpagesize()');
  return {
    architecture: process.arch,
    pageSize: getpagesize(),
    syscall: libc.func('syscall', 'int64_t', ['int64_t', 'int64_t']),
    open: libc.func('int open(const char *, int)'),
    close: libc.func('int close(int)'),
    read: libc.func('int64_t read(int, void *, size_t)'),
    ioctl: (fd, request, argument) =>
      typeof argument === 'number' ? ioctlNumber(fd, request, argument) : ioctlPointer(fd, request, argument),
    mmap: (address, length, protection, flags) => {
      const at: bigint | null = mmap(address, length, protection, flags, -1, 0);
      return at === null || BigInt.asUintN(64, at) === MAP_FAILED ? undefined : at;
    },
    munmap: libc.func('int munmap(void *, size_t)'),
    madvise: libc.func('int madvise(void *, size_t, int)'),
    copyFrom: (into, address, length) => void memcpy(into, address, length),
    errno: () => koffi.errno(),
    strerror: libc.func('const char *strerror(int)'),
    view: (address, length) => koffi.view(address, length),
    // The declaration leaves out the form with events and a callback.
    poll: koffi.node.poll as unknown as Kernel['poll'],
  };
}
