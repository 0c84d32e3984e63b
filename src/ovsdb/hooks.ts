// What a client tells of its work, for metrics. It is told as it happens, within the work: what it costs, the work costs.

import type { OvsdbError } from './errors.ts';
import type { SessionState } from './rpc/session.ts';

/** One call, answered or not. */
export interface CallReport {
  /** Of RFC 7047 section 4.1, such as `transact`. */
  readonly method: string;
  /** From the call to its end, waiting for the connection included. */
  readonly milliseconds: number;
  /** Why there is no result; absent: there is one. A transaction that was answered may have been refused all the same. */
  readonly error?: OvsdbError | Error;
}

/** One message of the server that was brought into the replica. */
export interface UpdateReport {
  /** Rows that are other than before. */
  readonly changes: number;
  /** What it took, pauses for other work included. */
  readonly milliseconds: number;
}

/** Called by a client as it works; none may throw. */
export interface ClientHooks {
  onCall?(report: CallReport): void;
  onUpdate?(report: UpdateReport): void;
  onState?(state: SessionState['kind']): void;
}
