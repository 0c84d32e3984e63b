// The text of a file, or of the standard input: never more of it than there may be.

import { open } from 'node:fs/promises';
import { CliError, exitCodes } from './cli-error.ts';

/** The file name that stands for the standard input. */
export const standardInput = '-';

const maxMebibytes = 64;
const maxBytes = maxMebibytes * 1024 * 1024;

/** The name of a file in messages. */
export function shownName(file: string): string {
  return file === standardInput ? '<stdin>' : file;
}

/** @throws CliError when it cannot be read, is too large, or no text in UTF-8 */
export async function readText(file: string): Promise<string> {
  const name = shownName(file);
  const bytes = file === standardInput ? await readStream(process.stdin, name) : await readFileBytes(file);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(bytes.subarray(0, 2).toString('latin1')))
    throw new CliError(exitCodes.usage, `${name}: UTF-16, expected UTF-8`);
  try {
    // A byte order mark is not part of the text.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (cause) {
    throw new CliError(exitCodes.usage, `${name}: no text in UTF-8, expected YAML or JSON`, { cause });
  }
  throw new CliError(exitCodes.usage, `${name}: no text, for it holds U+0000; expected YAML or JSON`);
}

async function readFileBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      if ((await handle.stat()).isDirectory()) throw new Error('it is a directory, expected a file');
      return await readStream(handle.createReadStream({ autoClose: false, end: maxBytes }), file);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(exitCodes.usage, `cannot read ${file}: ${why}`, { cause });
  }
}

async function readStream(stream: AsyncIterable<Buffer | string>, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxBytes)
      throw new CliError(
        exitCodes.usage,
        `${name}: more than ${maxMebibytes} MiB; split it, several files can be given`,
      );
  }
  return Buffer.concat(chunks);
}
