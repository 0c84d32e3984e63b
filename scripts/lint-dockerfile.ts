// Lints the Dockerfiles named on the command line; any finding fails. Those after `--root` may run as root (vswitchd must).

import { readFile } from 'node:fs/promises';
import { lintDockerfile } from './lib/lint-dockerfile.ts';

const args = process.argv.slice(2);
const mark = args.indexOf('--root');
const files = args.filter(arg => arg !== '--root');
if (files.length === 0) throw new Error('no Dockerfile named');
for (const file of files) {
  const root = mark >= 0 && args.indexOf(file) > mark;
  for (const finding of lintDockerfile(await readFile(file, 'utf8'), { root })) {
    console.error(`${file}:${finding}`);
    process.exitCode = 1;
  }
}
