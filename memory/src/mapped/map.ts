import { Worker } from 'node:worker_threads';
import { EVICTIONS, type EvictionName } from '../cache/policy.js';
import { MapError } from './errors.js';
import { type Kernel, loadKernel } from './kernel.js';
import {
  MADV_NOHUGEPAGE,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE_ANONYMOUS,
  PROT_READ_WRITE,
} from './linux.js';
import type { Answer, Ask, Backend, MapStatus, ServeOptions } from './messages.js';
import { type OpenedUserfault, openUserfault, Userfault } from './userfault.js';

export interface MapOptions {
  /** Of the array; what is mapped is rounded up to whole pages. */
  readonly bytes: number;
  /** Pages that have a frame of this machine's memory at once, at most; 2 or more. Default: a quarter of the pages, at least 16. */
  readonly frames?: number;
  /** Where the other pages are. */
  readonly backend: Backend;
  /**
   * Which page gives its frame up. A page that has a frame is read without anybody being told, so a use is that it was brought in, or
   * written to for the first time since. Default 'clock'.
   */
  readonly eviction?: EvictionName;
  /** Pages that are fetched ahead of a sequence, at most; never more than half of the frames. Default 32. */
  readonly prefetch?: number;
}

/** 4 GiB less a page: what one typed array of Node 20 can show. */
const MAX_BYTES = 2 ** 32 - 2 ** 16;

/** What is mapped now: its memory must not be collected while its faults are served. */
const mapped = new Set<MappedMemory>();

const collected = new FinalizationRegistry<() => void>((unmap) => unmap());

/**
 * Memory of which only some pages are here. The bytes are a plain array: a page that is not here is fetched when it is touched, by a thread
 * of its own, while the one that touched it waits in the kernel. What cannot be fetched ends the process (SIGBUS): there is no data
 * to go on with. The array must not be sent to threads other than by copy.
 * @throws MapError UNSUPPORTED, PERMISSION, BAD_ARGUMENT, STORE_FAILED
 */
export async function map(options: MapOptions): Promise<MappedMemory> {
  return mapWith(await loadKernel(), options);
}

/** As `map`, on another kernel. */
export async function mapWith(kernel: Kernel, options: MapOptions): Promise<MappedMemory> {
  const { bytes, backend, eviction = 'clock', prefetch = 32 } = options;
  const { pageSize } = kernel;
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > MAX_BYTES)
    throw new MapError('BAD_ARGUMENT', `a mapping has 1 to ${MAX_BYTES} bytes, not ${bytes}`);
  const pages = Math.ceil(bytes / pageSize);
  const frames = options.frames ?? Math.max(16, Math.ceil(pages / 4));
  if (!Number.isInteger(frames) || frames < 2)
    throw new MapError('BAD_ARGUMENT', `${frames} frames are not a whole number from 2 on`);
  if (!EVICTIONS.includes(eviction))
    throw new MapError('BAD_ARGUMENT', `eviction ${eviction} is none of ${EVICTIONS.join(', ')}`);
  if (!Number.isInteger(prefetch) || prefetch < 0)
    throw new MapError('BAD_ARGUMENT', `a prefetch of ${prefetch} pages is not a whole number from 0 on`);

  const opened = openUserfault(kernel);
  const length = pages * pageSize;
  const address = kernel.mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE);
  if (address === undefined) {
    const text = kernel.strerror(kernel.errno());
    kernel.close(opened.fd);
    throw new MapError('UNSUPPORTED', `no address space for ${length} bytes: ${text}`);
  }
  // A huge page would be brought in, and go, as a whole.
  kernel.madvise(address, length, MADV_NOHUGEPAGE);
  const userfault = new Userfault(kernel, opened.fd, address, length);
  const serve: ServeOptions = { fd: opened.fd, address, bytes: length, frames, eviction, prefetch, backend };
  let thread: Thread | undefined;
  try {
    thread = await Thread.start(serve);
    userfault.register();
  } catch (error) {
    await thread?.ask('end').catch(() => {});
    kernel.munmap(address, length);
    kernel.close(opened.fd);
    throw error;
  }
  const memory = new MappedMemory(kernel, opened, userfault, thread, bytes, pages, frames);
  mapped.add(memory);
  return memory;
}

export class MappedMemory {
  /** The memory. After `unmap` it is ordinary memory that reads zero. */
  readonly bytes: Uint8Array;
  /** Faults inside system calls are served too, e.g. of `fs.readSync` into the memory. Without the privilege they fail with EFAULT. */
  readonly kernelFaults: boolean;
  #unmapping: Promise<void> | undefined;

  /** Made by `map`. */
  constructor(
    private readonly kernel: Kernel,
    opened: OpenedUserfault,
    private readonly userfault: Userfault,
    private readonly thread: Thread,
    bytes: number,
    readonly pages: number,
    readonly frames: number,
  ) {
    this.kernelFaults = opened.kernelFaults;
    const { address, bytes: length } = userfault;
    const buffer = kernel.view(address, length);
    // koffi's views cannot be detached: the addresses stay reserved until nobody has the array any more.
    collected.register(buffer, () => kernel.munmap(address, length));
    this.bytes = new Uint8Array(buffer, 0, bytes);
  }

  /** What was changed is in the store. @throws MapError STORE_FAILED, UNMAPPED */
  async sync(): Promise<void> {
    await this.#ask('sync');
  }

  /** @throws MapError UNMAPPED */
  async status(): Promise<MapStatus> {
    return (await this.#ask('status')).status!;
  }

  /**
   * End the mapping: a file has its pages then, remote memory is freed, and the array reads zero. Idempotent.
   * @throws MapError STORE_FAILED; the mapping has ended all the same
   */
  unmap(): Promise<void> {
    this.#unmapping ??= this.#unmap();
    return this.#unmapping;
  }

  async #unmap(): Promise<void> {
    const { address, bytes, fd } = this.userfault;
    try {
      await this.thread.ask('end');
    } finally {
      this.userfault.unregister();
      this.kernel.close(fd);
      const zero = MAP_PRIVATE_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
      this.kernel.mmap(address, bytes, PROT_READ_WRITE, zero);
      mapped.delete(this);
    }
  }

  #ask(ask: Ask['ask']): Promise<Answer> {
    if (this.#unmapping) throw new MapError('UNMAPPED', 'the memory is not mapped any more');
    return this.thread.ask(ask);
  }
}

/** The other thread, as it is asked. It keeps the process alive only while it has something to answer. */
class Thread {
  readonly #open = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #next = 0;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (answer: Answer) => {
      const asker = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      if (this.#open.size === 0) worker.unref();
      if (answer.error) asker?.reject(new MapError(answer.error.code, answer.error.message));
      else asker?.resolve(answer);
    });
    const failed = (cause?: Error): void => {
      const text = `the thread that serves page faults ended${cause ? `: ${cause.message}` : ''}`;
      for (const { reject } of this.#open.values()) reject(new MapError('STORE_FAILED', text, { cause }));
      this.#open.clear();
    };
    worker.on('error', failed);
    worker.on('exit', () => failed());
  }

  static async start(options: ServeOptions): Promise<Thread> {
    const thread = new Thread(startWorker(options));
    await thread.#answer(-1);
    return thread;
  }

  ask(ask: Ask['ask']): Promise<Answer> {
    const id = this.#next++;
    this.worker.ref();
    const answer = this.#answer(id);
    this.worker.postMessage({ id, ask } satisfies Ask);
    return answer;
  }

  #answer(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => this.#open.set(id, { resolve, reject }));
  }
}

/** From sources, Node 20 does not hand `--import tsx` on to threads, so the thread registers it itself. */
function startWorker(workerData: ServeOptions): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  const script = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const run = `import('tsx/esm/api').then(({ register }) => (register(), import(${script})))`;
  return new Worker(run, { eval: true, workerData });
}
