// What is left of a lab on this machine: for the tests of the lab itself.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { run } from './process.ts';

/** Namespaces, processes and directories that carry a lab's prefix or path. */
export async function leftovers(dir: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const line of (await run('ip', ['netns', 'list'])).stdout.split('\n')) {
    if (line.startsWith(`${prefix}-`)) found.push(`namespace ${line}`);
  }
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    // A process that ended since the listing has nothing to say.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(dir) || command.includes(`${prefix}-`))
      found.push(`process ${pid} ${command.replaceAll('\0', ' ')}`);
  }
  if (existsSync(dir)) found.push(`directory ${dir}`);
  return found;
}
