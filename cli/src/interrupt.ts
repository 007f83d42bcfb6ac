/**
 * Ctrl-C and `kill` as an AbortSignal: the first asks everything to stop cleanly, the second ends the process at once, as
 * people expect of a program that takes too long to stop.
 */
export function interruptSignal(process_: NodeJS.Process = process): {
  signal: AbortSignal;
  dispose(): void;
} {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process_.exit(128 + (name === 'SIGINT' ? 2 : 15));
    controller.abort(new Interrupted(name));
  };
  process_.on('SIGINT', onSignal);
  process_.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose() {
      process_.off('SIGINT', onSignal);
      process_.off('SIGTERM', onSignal);
    },
  };
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly by: NodeJS.Signals) {
    super(`stopped by ${by}`);
  }
}

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
