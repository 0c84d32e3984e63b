// The program that all TypeScript blocks of a page make together: type-checked, run, and compared with what the page says
// it prints.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { run } from '../../lab/process.ts';

const root = join(import.meta.dirname, '../../..');

export interface PageProgram {
  /** Of docs/. */
  readonly page: string;
  /** Where the program may be written to. */
  readonly directory: string;
  /** What stands on the page, and what it is here. */
  readonly here: Readonly<Record<string, string>>;
  /** Blocks that there must be at least: fewer are not the page that was meant. */
  readonly leastBlocks: number;
}

export async function checkPage(t: Test, { page, directory, here, leastBlocks }: PageProgram): Promise<void> {
  const markdown = await readFile(join(root, 'docs', page), 'utf8');
  const blocks = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
  t.ok(blocks.length >= leastBlocks, `${blocks.length} blocks`);
  let text = blocks.join('\n');
  for (const [there, now] of Object.entries(here)) text = text.replaceAll(there, now);
  const program = join(directory, 'page.mts');
  await writeFile(program, text);
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      include: [program],
    }),
  );
  // By way of env: the test runner puts its loader hooks into the options of every node that it sees started.
  const node = (...args: readonly string[]) =>
    run('env', ['-u', 'NODE_OPTIONS', 'node', ...args], { cwd: root, timeout: 60_000, allowFailure: true });
  const checked = await node('node_modules/typescript/bin/tsc', '-p', directory);
  t.equal(checked.stdout, '', 'its types are right');
  const { stdout, stderr } = await node('--import=tsx', program);
  t.equal(stderr, '');
  const promised = [...text.matchAll(/^\/\/: (.*)$/gm)].map(([, line]) => line);
  t.same(stdout.trimEnd().split('\n'), promised);
}
