// Every wait ends: a caller's signal and a time limit as one signal, whose timer does not outlive the wait.

export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the wait is over. */
  readonly clear: () => void;
}

/** @param timeout ms */
export function startDeadline(timeout: number, signal: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeout} ms`)), timeout);
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
