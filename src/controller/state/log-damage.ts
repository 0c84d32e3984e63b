// Looks for damage in a database file (ovsdb(5), "Standalone Format": records of a header line with length and SHA-1, and
// a line of JSON). ovsdb-server serves what stands before the first bad record and, at the next write, cuts off the rest.

import { createHash } from 'node:crypto';
import { constants, copyFile, type FileHandle, open, rename } from 'node:fs/promises';

/**
 * `middle`: whole records stand behind the bad one, and are about to be lost. `tail`: none do, as when a write was cut
 * short, of which nobody was told that it is on disk.
 */
export interface LogDamage {
  readonly kind: 'middle' | 'tail';
  /** Where the bad record begins. */
  readonly offset: number;
}

const header = /^OVSDB JSON (\d{1,10}) ([0-9a-f]{40})\n/;
const headerStart = Buffer.from('OVSDB JSON ');
const maxHeader = 80;
const chunk = 1024 * 1024;

/** Undefined: there is none, or the file is not such a log at all. */
export async function findDamage(file: string): Promise<LogDamage | undefined> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    let offset = 0;
    while (offset < size) {
      const next = await endOfRecord(handle, offset, size);
      if (next === undefined) break;
      offset = next;
    }
    if (offset === 0 || offset >= size) return undefined;
    return { kind: (await hasRecordAfter(handle, offset + 1, size)) ? 'middle' : 'tail', offset };
  } finally {
    await handle.close();
  }
}

/** Keeps the file as it is under another name; a copy, for the server goes on in the file itself. */
export async function keepCopy(file: string, copy: string): Promise<void> {
  // First whole, then under its name.
  const unfinished = `${copy}.unfinished`;
  await copyFile(file, unfinished, constants.COPYFILE_FICLONE);
  await rename(unfinished, copy);
}

/** Where the record at `offset` ends; undefined: it is not whole. */
async function endOfRecord(handle: FileHandle, offset: number, size: number): Promise<number | undefined> {
  const head = await readAt(handle, offset, Math.min(maxHeader, size - offset));
  const [line, length, hash] = header.exec(head.toString('latin1')) ?? [];
  if (line === undefined || hash === undefined) return undefined;
  const start = offset + line.length;
  const end = start + Number(length);
  if (end > size) return undefined;
  const digest = createHash('sha1');
  for (let at = start; at < end; at += chunk) digest.update(await readAt(handle, at, Math.min(chunk, end - at)));
  return digest.digest('hex') === hash ? end : undefined;
}

async function hasRecordAfter(handle: FileHandle, from: number, size: number): Promise<boolean> {
  for (let at = from; at < size; at += chunk) {
    // A header may lie across the border of two chunks.
    const bytes = await readAt(handle, at, Math.min(chunk + headerStart.length, size - at));
    for (let found = bytes.indexOf(headerStart); found >= 0; found = bytes.indexOf(headerStart, found + 1)) {
      if ((await endOfRecord(handle, at + found, size)) !== undefined) return true;
    }
  }
  return false;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
