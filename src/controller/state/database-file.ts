// The database file on disk, through ovsdb-tool: made when absent, converted when it is of an older version, refused when
// it is not one this program can serve.

import { execFile } from 'node:child_process';
import { link, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../../lib/logger.ts';
import { ensureDirectory } from './directories.ts';
import { StateError } from './errors.ts';

export interface DatabaseFileOptions {
  /** Absolute. */
  readonly file: string;
  /** The .ovsschema file, absolute. */
  readonly schemaFile: string;
  /** The ovsdb-tool program. */
  readonly tool: string;
  /** For each run of the tool, ms. */
  readonly timeout: number;
  /** Ends the wait for a server that still has the file. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

interface SchemaIdentity {
  readonly name: string;
  readonly version: string;
}

const run = promisify(execFile);

/** Arguments of the shell that runs a command whose files are for this user alone; Node has no umask for a child alone. */
const privately = ['-c', 'umask 077; exec "$@"', 'sh'];

/** How long to wait before asking again for a file that is locked, ms. */
const lockInterval = 100;

/**
 * Makes the database when there is none, for this user alone. One of an older version is converted, with a backup
 * beside it.
 * @throws StateError STATE_SCHEMA_MISMATCH when the file holds another database, or a later version of ours
 * @throws StateError STATE_SERVER_FAILED when ovsdb-tool fails
 */
export async function prepareDatabaseFile(options: DatabaseFileOptions): Promise<void> {
  const { file, schemaFile } = options;
  await ensureDirectory(dirname(file));
  if (!(await exists(file))) await runTool(options, ['create', file, schemaFile]);
  const wanted = JSON.parse(await readFile(schemaFile, 'utf8')) as SchemaIdentity;
  const name = await runTool(options, ['db-name', file]);
  if (name !== wanted.name)
    throw new StateError('STATE_SCHEMA_MISMATCH', `${file} holds database "${name}", not "${wanted.name}"`);
  const version = await runTool(options, ['db-version', file]);
  const order = compareVersions(version, wanted.version);
  if (order < 0) await convert(options, version, wanted.version);
  if (order > 0)
    throw new StateError(
      'STATE_SCHEMA_MISMATCH',
      `${file} has schema version ${version}, this pointsman has ${wanted.version}: it was written by a later pointsman;` +
        ' run that one, or start from a backup made before the upgrade',
    );
}

/**
 * ovsdb-tool locks the file, and puts a new one in its place (OVS ovsdb/ovsdb-tool.c): a second link keeps the old one,
 * to the last byte that anyone wrote.
 */
async function convert(options: DatabaseFileOptions, from: string, to: string): Promise<void> {
  const { file, schemaFile, signal, logger } = options;
  const backup = await freeName(`${file}.backup-${from}`);
  await link(file, backup);
  for (;;) {
    try {
      await runTool(options, ['convert', file, schemaFile]);
      break;
    } catch (error) {
      const locked = error instanceof Error && /lock/.test(error.message);
      if (locked) await sleep(lockInterval, undefined, { signal }).catch(() => {});
      if (locked && !signal.aborted) continue;
      await rm(backup);
      throw error;
    }
  }
  logger.info({ file, from, to, backup }, 'the state database was converted');
}

/** `name`, or with a number behind it when that is taken. */
export async function freeName(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const free = i === 1 ? name : `${name}-${i}`;
    if (!(await exists(free))) return free;
  }
}

/** Compares `X.Y.Z`: below 0 when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string) => text.split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  return [0, 1, 2].map(i => (left[i] ?? 0) - (right[i] ?? 0)).find(difference => difference !== 0) ?? 0;
}

export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function runTool({ tool, timeout }: DatabaseFileOptions, args: readonly string[]): Promise<string> {
  try {
    const command = [...privately, tool, '-vsyslog:off', ...args];
    return (await run('/bin/sh', command, { timeout })).stdout.trim();
  } catch (error) {
    const { stderr = '', message = '' } = error as { stderr?: string; message?: string };
    const why = stderr.trim() || message;
    throw new StateError('STATE_SERVER_FAILED', `ovsdb-tool ${args[0]}: ${why}`, { cause: error });
  }
}
