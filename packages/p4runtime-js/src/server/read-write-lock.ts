/**
 * Any number of readers or one writer, in the order of asking: a Read sees the state before a Write or after it, never
 * in the middle (specification, "Parallelism of Read and Write Requests"), and nobody waits for ever.
 */
export class ReadWriteLock {
  #lastWrite: Promise<unknown> = Promise.resolve();
  readonly #reads = new Set<Promise<unknown>>();

  read<T>(job: () => T | Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(job);
    const ended = settled(result);
    this.#reads.add(ended);
    ended.then(() => this.#reads.delete(ended));
    return result;
  }

  write<T>(job: () => T | Promise<T>): Promise<T> {
    const result = Promise.all([this.#lastWrite, ...this.#reads]).then(job);
    this.#lastWrite = settled(result);
    return result;
  }

  /** When all that was asked for before has ended. */
  idle(): Promise<void> {
    return this.write(() => {});
  }
}

const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(
    () => {},
    () => {},
  );
