// Other releases of Node than the one that runs the tests. The registry has them as packages, a binary in each.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { run } from './process.ts';

/** @returns the directory that holds `node`, gone with the lab */
export async function nodeBinary(lab: Lab, version: string): Promise<string> {
  const directory = lab.path(`node-${version}`);
  await mkdir(directory);
  const name = `node-${process.platform}-${process.arch}`;
  const options = { cwd: directory, timeout: 60_000 };
  // The binary alone: the rest of the package is 3,000 headers.
  const { stdout } = await run('npm', ['pack', '--silent', '--prefer-offline', `${name}@${version}`], options);
  await run('tar', ['xzf', stdout.trim(), 'package/bin/node'], options);
  return join(directory, 'package/bin');
}
