// Deadline and abort of one wait.

import { ConnectionError } from '../errors.ts';

/** How long to wait for an answer. */
export interface RequestOptions {
  /** Milliseconds; for a multipart answer, from one part to the next. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export type Wait = RequestOptions & { readonly timeout: number };

export interface Watch {
  stop(): void;
  /** Starts the time anew. */
  renew(): void;
}

/** Calls `onFailure` when the time is over or the caller gives up. */
export function watch(wait: Wait, onFailure: (error: ConnectionError) => void): Watch {
  const onAbort = () => onFailure(aborted(wait));
  const onTimeout = () => onFailure(new ConnectionError('OF_TIMEOUT', `no answer in ${wait.timeout} ms`));
  const timer = setTimeout(onTimeout, wait.timeout);
  wait.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    stop() {
      clearTimeout(timer);
      wait.signal?.removeEventListener('abort', onAbort);
    },
    renew: () => timer.refresh(),
  };
}

/** @throws ConnectionError when the caller has given up already */
export function refuseAborted(wait: RequestOptions): void {
  if (wait.signal?.aborted) throw aborted(wait);
}

function aborted(wait: RequestOptions): ConnectionError {
  return new ConnectionError('OF_ABORTED', 'the caller gave up', { cause: wait.signal?.reason });
}
