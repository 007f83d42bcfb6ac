/** Cancel when the signal says so; settled as `whole` is. */
export function abortable<Result>(
  whole: Promise<Result>,
  cancel: (cause: unknown) => void,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return whole;
  const abort = (): void => cancel(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return whole.finally(() => signal.removeEventListener('abort', abort));
}
