// The directories that pointsman keeps things in. Those that are there already belong to whoever made them: their owner
// and mode stay as they are, and what is for this user alone goes into a directory that pointsman made itself.

import { lstat, mkdir } from 'node:fs/promises';
import { StateError } from './errors.ts';

/** Makes the directory, and those above it, for this user alone; one that is there stays as it is. @throws StateError */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StateError('STATE_SERVER_FAILED', `cannot make the directory ${path}: ${reason(cause)}`, { cause });
  }
}

/**
 * Makes the directory for this user alone, or takes the one that an earlier run of this user made.
 * @throws StateError when somebody else has made it, or can reach into it
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await ensureDirectory(path);
  const found = await lstat(path);
  const isOurs = found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
  if (isOurs) return;
  const what = found.isDirectory()
    ? `a directory of user ${found.uid} with mode ${(found.mode & 0o777).toString(8)}`
    : 'no directory';
  throw new StateError(
    'STATE_SERVER_FAILED',
    `${path} is ${what}, expected one that is for user ${process.geteuid?.()} alone (mode 700): remove it, or set another state.runDir`,
  );
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
