import { MapError } from './errors.js';
import type { Kernel } from './kernel.js';
import {
  EACCES,
  EAGAIN,
  EEXIST,
  EINTR,
  ENOENT,
  ENOSYS,
  EPERM,
  MADV_DONTNEED,
  NR_USERFAULTFD,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  UFFD_API,
  UFFD_EVENT_PAGEFAULT,
  UFFD_FEATURE_PAGEFAULT_FLAG_WP,
  UFFD_MSG_BYTES,
  UFFD_PAGEFAULT_FLAG_WP,
  UFFD_PAGEFAULT_FLAG_WRITE,
  UFFD_USER_MODE_ONLY,
  UFFDIO_API,
  UFFDIO_COPY,
  UFFDIO_COPY_MODE_WP,
  UFFDIO_POISON,
  UFFDIO_REGISTER,
  UFFDIO_REGISTER_MODE_MISSING,
  UFFDIO_REGISTER_MODE_WP,
  UFFDIO_UNREGISTER,
  UFFDIO_WAKE,
  UFFDIO_WRITEPROTECT,
  UFFDIO_WRITEPROTECT_MODE_WP,
  USERFAULTFD_IOC_NEW,
} from './linux.js';

export interface OpenedUserfault {
  readonly fd: number;
  /** Whether faults inside system calls are served too, e.g. when a file is read straight into the memory. */
  readonly kernelFaults: boolean;
}

const FLAGS = O_CLOEXEC | O_NONBLOCK;

/**
 * Ask the kernel for a userfaultfd: by the system call, by the device, and at last for one that serves faults of user mode only,
 * which Linux 5.11 and later give to everybody.
 * @throws MapError UNSUPPORTED or PERMISSION that names the setting
 */
export function openUserfault(kernel: Kernel): OpenedUserfault {
  const number = NR_USERFAULTFD[kernel.architecture];
  if (number === undefined) {
    throw new MapError(
      'UNSUPPORTED',
      `mapped memory knows userfaultfd of ${Object.keys(NR_USERFAULTFD).join(' and ')}, not of ${kernel.architecture}`,
    );
  }
  let fd = kernel.syscall(number, FLAGS);
  let kernelFaults = true;
  const why = fd < 0 ? kernel.errno() : 0;
  if (fd < 0 && why === ENOSYS) {
    throw new MapError('UNSUPPORTED', 'this kernel is built without userfaultfd (CONFIG_USERFAULTFD)');
  }
  if (fd < 0 && why !== EPERM) throw new MapError('UNSUPPORTED', `userfaultfd: ${kernel.strerror(why)}`);
  let device = '';
  if (fd < 0) [fd, device] = openDevice(kernel);
  if (fd < 0) {
    fd = kernel.syscall(number, FLAGS | UFFD_USER_MODE_ONLY);
    kernelFaults = false;
  }
  if (fd < 0) {
    throw new MapError(
      'PERMISSION',
      'the kernel refuses userfaultfd to this process: set vm.unprivileged_userfaultfd=1 with sysctl, or give the process ' +
        `CAP_SYS_PTRACE, or read and write permission on /dev/userfaultfd (${device}); in a container, its seccomp profile must let userfaultfd through`,
    );
  }
  const api = BigUint64Array.of(UFFD_API, UFFD_FEATURE_PAGEFAULT_FLAG_WP, 0n);
  if (kernel.ioctl(fd, UFFDIO_API, api) < 0) {
    const text = kernel.strerror(kernel.errno());
    kernel.close(fd);
    throw new MapError(
      'UNSUPPORTED',
      `userfaultfd of this kernel cannot write-protect pages (${text}); it takes Linux 5.7 or later`,
    );
  }
  return { fd, kernelFaults };
}

/** A userfaultfd from the device, and what came of it in words. */
function openDevice(kernel: Kernel): [fd: number, text: string] {
  const device = kernel.open('/dev/userfaultfd', O_RDWR | O_CLOEXEC);
  if (device < 0) {
    const why = kernel.errno();
    if (why === ENOENT) return [-1, 'there is none'];
    return [-1, why === EACCES ? 'it has none now' : kernel.strerror(why)];
  }
  const fd = kernel.ioctl(device, USERFAULTFD_IOC_NEW, FLAGS);
  const text = fd < 0 ? kernel.strerror(kernel.errno()) : '';
  kernel.close(device);
  return [fd, text];
}

export interface Fault {
  /** Which page of the range. */
  page: number;
  /** It was written to. */
  isWrite: boolean;
  /** It is there, and was write-protected. */
  isProtection: boolean;
}

/** Faults read at once. */
const BATCH = 16;

/** The faults of one range of memory, and what is done about them. Page numbers count from the start of the range. */
export class Userfault {
  readonly #messages = new Uint8Array(BATCH * UFFD_MSG_BYTES);
  readonly #view = new DataView(this.#messages.buffer);
  readonly #argument = new BigUint64Array(5);
  readonly #page: bigint;

  constructor(
    private readonly kernel: Kernel,
    readonly fd: number,
    readonly address: bigint,
    readonly bytes: number,
  ) {
    this.#page = BigInt(kernel.pageSize);
  }

  /** Faults of the range come here from now on. @throws MapError UNSUPPORTED */
  register(): void {
    const mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP;
    this.#call('register memory', UFFDIO_REGISTER, this.address, BigInt(this.bytes), mode, 0n);
  }

  unregister(): void {
    this.#call('unregister memory', UFFDIO_UNREGISTER, this.address, BigInt(this.bytes));
  }

  /** The faults that wait, at most so many as one call gives. */
  read(): Fault[] {
    const got = this.kernel.read(this.fd, this.#messages, this.#messages.length);
    if (got < 0) {
      const why = this.kernel.errno();
      if (why === EAGAIN || why === EINTR) return [];
      throw new MapError('UNSUPPORTED', `reading page faults: ${this.kernel.strerror(why)}`);
    }
    const faults: Fault[] = [];
    for (let at = 0; at + UFFD_MSG_BYTES <= got; at += UFFD_MSG_BYTES) {
      if (this.#view.getUint8(at) !== UFFD_EVENT_PAGEFAULT) continue;
      const flags = this.#view.getBigUint64(at + 8, true);
      const page = Number((this.#view.getBigUint64(at + 16, true) - this.address) / this.#page);
      const isProtection = (flags & UFFD_PAGEFAULT_FLAG_WP) !== 0n;
      faults.push({
        page,
        isWrite: isProtection || (flags & UFFD_PAGEFAULT_FLAG_WRITE) !== 0n,
        isProtection,
      });
    }
    return faults;
  }

  /** Put a page there, whole, and wake whoever waits for it. @param source address of its bytes */
  install(page: number, source: bigint, isProtected: boolean): void {
    const mode = isProtected ? UFFDIO_COPY_MODE_WP : 0n;
    const arguments_ = [this.#at(page), source, this.#page, mode, 0n] as const;
    while (!this.#try(UFFDIO_COPY, ...arguments_)) {
      const why = this.kernel.errno();
      if (why === EEXIST) return this.wake(page);
      if (why !== EAGAIN) throw this.#failure('put a page in place', why);
    }
  }

  protect(page: number): void {
    const mode = UFFDIO_WRITEPROTECT_MODE_WP;
    this.#call('write-protect a page', UFFDIO_WRITEPROTECT, this.#at(page), this.#page, mode);
  }

  /** Let the page be written to, and wake whoever waits for that. */
  unprotect(page: number): void {
    this.#call('let a page be written to', UFFDIO_WRITEPROTECT, this.#at(page), this.#page, 0n);
  }

  wake(page: number): void {
    this.#call('wake a thread', UFFDIO_WAKE, this.#at(page), this.#page);
  }

  /** Copy a page that is there. */
  copyOut(page: number, into: Uint8Array): void {
    this.kernel.copyFrom(into, this.#at(page), this.kernel.pageSize);
  }

  /** The page is not there any more; its frame is the system's again. */
  drop(page: number): void {
    if (this.kernel.madvise(this.#at(page), this.kernel.pageSize, MADV_DONTNEED) < 0)
      throw this.#failure('give a frame back', this.kernel.errno());
  }

  /** Whoever touches the page gets SIGBUS. @returns false where the kernel (before Linux 6.6) cannot */
  poison(page: number): boolean {
    return this.#try(UFFDIO_POISON, this.#at(page), this.#page, 0n, 0n);
  }

  #at(page: number): bigint {
    return this.address + BigInt(page) * this.#page;
  }

  #try(request: number, ...words: readonly bigint[]): boolean {
    this.#argument.set(words);
    return this.kernel.ioctl(this.fd, request, this.#argument) >= 0;
  }

  #call(what: string, request: number, ...words: readonly bigint[]): void {
    if (!this.#try(request, ...words)) throw this.#failure(what, this.kernel.errno());
  }

  #failure(what: string, errno: number): MapError {
    return new MapError('UNSUPPORTED', `userfaultfd could not ${what}: ${this.kernel.strerror(errno)}`);
  }
}
