import type { MemoryError } from './errors.js';

/** Start the operation for one piece; `done` is called once, when it is settled. */
export type StartPiece = (from: number, to: number, done: (error: MemoryError | undefined) => void) => void;

/**
 * Cut [0, length) at page boundaries and run an operation for each piece, at most `width` at a time.
 * @param start where the range starts in the node's memory, which is where the pages are counted from
 * @returns settled when no operation is open any more: with the first error, if there was one; none is begun after it
 */
export function transferPages(
  start: number,
  length: number,
  pageSize: number,
  width: number,
  startPiece: StartPiece,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let open = 0;
    let failure: MemoryError | undefined;
    let isLaunching = false;
    const launch = (): void => {
      // A piece may be settled while it is started; the loop below then goes on by itself.
      if (isLaunching) return;
      isLaunching = true;
      while (failure === undefined && open < width && next < length) {
        const from = next;
        next = Math.min(length, from + pageSize - ((start + from) % pageSize));
        open++;
        startPiece(from, next, (error) => {
          open--;
          failure ??= error;
          launch();
        });
      }
      isLaunching = false;
      if (open > 0) return;
      if (failure !== undefined) reject(failure);
      else if (next >= length) resolve();
    };
    launch();
  });
}
