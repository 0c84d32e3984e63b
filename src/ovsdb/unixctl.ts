// The control socket of an OVS daemon (ovs-appctl(8), unixctl in the daemons' manual pages): JSON-RPC like OVSDB's, each
// method a command, its parameters strings, its result a text. A connection lives for one command.

import { dial } from '../lib/dial.ts';
import { OvsdbClosedError, OvsdbDisconnectedError, OvsdbMessageError } from './errors.ts';
import { RpcConnection } from './rpc/connection.ts';
import { Deadline } from './rpc/deadline.ts';

/** How long a command may take, and what may come back. */
export interface UnixctlOptions {
  readonly signal?: AbortSignal | undefined;
  /** ms, connecting included; default 30 s. */
  readonly timeout?: number | undefined;
  /** Longest answer, bytes; default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Takes whole lines of a long answer as they come, one or more at a time, so that the answer is never held as a whole.
   * What it has not taken is what the promise resolves to.
   */
  readonly takeLines?: ((lines: string) => void) | undefined;
}

/**
 * Runs a command of an OVS daemon by its control socket, as `ovs-appctl -t SOCKET COMMAND ARGS` does.
 * @throws OvsdbRpcError with the daemon's words if it refuses
 * @throws OvsdbDisconnectedError if the socket cannot be reached: nothing was sent
 * @throws OvsdbTimeoutError, OvsdbOutcomeUnknownError if the answer does not come
 */
export async function runUnixctl(
  socketPath: string,
  command: string,
  args: readonly string[] = [],
  { signal, timeout = 30_000, maxBytes = 256 * 1024 * 1024, takeLines }: UnixctlOptions = {},
): Promise<string> {
  const deadline = new Deadline(timeout, signal);
  const { socket } = dial({ kind: 'unix', path: socketPath }, undefined);
  let why: Error | undefined;
  const limits = { maxBytes, maxDepth: 4, maxUnsentBytes: 1024 * 1024, maxPending: 1 };
  const connection = new RpcConnection(socket, limits, {
    onHeard: () => {},
    onNotification: () => {},
    onClosed: error => {
      why = error;
    },
  });
  try {
    return await connection.request(command, args, {
      deadline,
      takeLines,
      decode: result => {
        if (typeof result !== 'string') throw new OvsdbMessageError(`the answer to ${command} is no text`);
        return result;
      },
    });
  } catch (error) {
    // The request waits in the socket until that is connected; if it never was, nothing was sent.
    if (socket.bytesRead === 0 && why instanceof OvsdbDisconnectedError && isNoConnection(why.cause))
      throw new OvsdbDisconnectedError(`cannot connect to ${socketPath}`, { cause: why.cause });
    throw error;
  } finally {
    deadline.clear();
    connection.close(new OvsdbClosedError());
  }
}

function isNoConnection(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause && cause.syscall === 'connect';
}
