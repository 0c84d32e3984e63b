// Files that hold secrets: read only when no one else can, and what a file of tokens says.

import { open } from 'node:fs/promises';

/** Permission bits that a file of tokens must not have, and those that a private key must not. */
export const forbiddenBits = { tokens: 0o077, key: 0o007 } as const;

/** A file that others than it should can read. */
export class ExposedFile extends Error {
  constructor(mode: number, forbidden: number) {
    const octal = (bits: number) => bits.toString(8).padStart(4, '0');
    super(
      `others can read or change it: its mode is ${octal(mode & 0o777)}, expected ${octal(mode & 0o777 & ~forbidden)}`,
    );
    this.name = 'ExposedFile';
  }
}

/** @throws ExposedFile when the file has one of the forbidden permission bits; Error when it cannot be read */
export async function readSecret(path: string, forbidden: number): Promise<string> {
  const file = await open(path);
  try {
    // Asked of what was opened: a name can come to mean another file in between.
    const stats = await file.stat();
    if (stats.isFile() && (stats.mode & forbidden) !== 0) throw new ExposedFile(stats.mode, forbidden);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** One token a line; empty lines and lines that begin with `#` are not tokens. */
export function tokensOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}
