// `npm run docs:api`: writes docs/api/*.md, the reference of each library, from the declarations in dist/ and the
// docstrings they carry. Build first.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Library, reference } from './lib/api-reference.ts';

const root = new URL('../', import.meta.url);

const libraries: readonly Library[] = [
  {
    name: 'openflow-ts',
    entry: new URL('dist/openflow/index.d.ts', root),
    intro: 'How to use it: [openflow-ts](../openflow-ts.md).',
  },
  {
    name: 'ovsdb-client',
    entry: new URL('dist/ovsdb/index.d.ts', root),
    intro: 'How to use it: [ovsdb-client](../ovsdb-client.md).',
  },
];

/** With `--check`, only says whether the files are as they would be written, and every export has a docstring. */
const check = process.argv.includes('--check');

await mkdir(new URL('docs/api/', root), { recursive: true });
let isBad = false;
for (const library of libraries) {
  const { markdown, undocumented } = await reference(library);
  const file = new URL(`docs/api/${library.name}.md`, root);
  for (const name of undocumented) process.stderr.write(`${library.name}: ${name} has no docstring\n`);
  isBad ||= undocumented.length > 0;
  if (!check) await writeFile(file, markdown);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== markdown) {
    process.stderr.write(`${file.pathname} is not what \`npm run docs:api\` writes\n`);
    isBad = true;
  }
}
process.exitCode = isBad ? 1 : 0;
