// Runs iproute2, with an end in time.

import { execFile } from 'node:child_process';

export type IpResult =
  | { readonly kind: 'ok'; readonly stdout: string }
  /** What `ip` wrote, or why it could not be run. */
  | { readonly kind: 'error'; readonly message: string; readonly stdout: string };

/** Runs `ip` with these arguments, and `input` to read. Never throws. */
export type RunIp = (args: readonly string[], input?: string) => Promise<IpResult>;

/**
 * @param networkNamespace where the devices are, by its name of `ip netns`; undefined is this process's own
 * @param timeout ms; a run that takes longer is killed, and an error
 */
export function ipRunner(networkNamespace: string | undefined, timeout = 5_000): RunIp {
  const where = networkNamespace === undefined ? [] : ['-n', networkNamespace];
  return (args, input = '') =>
    new Promise(resolve => {
      const options = { timeout, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
      const child = execFile('ip', [...where, ...args], options, (error, stdout, stderr) => {
        if (!error) resolve({ kind: 'ok', stdout });
        else if (error.killed)
          resolve({ kind: 'error', message: `ip ${args.join(' ')}: no end within ${timeout} ms`, stdout });
        else resolve({ kind: 'error', message: stderr.trim() || error.message, stdout });
      });
      // One that ends without reading is judged by its exit.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
}
