// `?wait=installed`: an answer that is held back until the switch has confirmed the write.

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { RequestRefused } from './problem.ts';
import type { ObjectName, Runtime } from './runtime.ts';

export const waitQuerySchema = z.strictObject({
  wait: z.literal('installed').optional().describe('Answer when the switch has confirmed the write.'),
  timeout: z.coerce.number().min(0.001).max(300).default(10).describe('How long to wait, in seconds.'),
});

export type WaitQuery = z.infer<typeof waitQuerySchema>;

/**
 * Returns at once unless the query asks to wait.
 * @param objects those of the write: what the switch refuses of others does not concern it
 * @throws RequestRefused when the write, which is durable by now, was not confirmed
 */
export async function waitForInstall(
  runtime: Runtime,
  generation: number,
  objects: readonly ObjectName[],
  query: WaitQuery,
  request: IncomingMessage,
): Promise<void> {
  if (query.wait === undefined) return;
  const timeout = AbortSignal.timeout(query.timeout * 1000);
  // A caller who has hung up waits for nothing. The request's own 'close' comes as soon as its body is read.
  const gone = new AbortController();
  const hangUp = () => gone.abort();
  request.socket.once('close', hangUp);
  const signal = AbortSignal.any([timeout, gone.signal]);
  try {
    await runtime.waitInstalled(generation, signal, objects);
  } catch (cause) {
    const durable = `generation ${generation} is in the state database and stays there`;
    if (signal.aborted)
      throw new RequestRefused(
        'install-timeout',
        `${durable}; the switch has not confirmed it within ${query.timeout} s`,
        { cause },
      );
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RequestRefused('install-failed', `${durable}; the switch did not take it: ${why}`, { cause });
  } finally {
    request.socket.off('close', hangUp);
  }
}
