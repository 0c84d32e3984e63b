// What is wrong with documents that get in each other's way, as text: of each set in problems.jsonl every problem, and the
// objects that are in order. The first 60 sets were once held against a resolver that looked at everything at once, which
// found the same, and the same in order; the last 20 are sets in which much refers to what has a problem itself.
// `UPDATE_GOLDEN=1 npx tap run test/golden/policy/problems.test.ts` writes it anew, for a person to read the difference.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { legs, natPools, natRules, ports, routes, segments, tenants } from '../../../src/policy/facts/objects.ts';
import { faulty } from '../../../src/policy/facts/problems.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import { peers } from '../../fixtures/adversary.ts';
import type { Objects } from '../../fixtures/demo-intent.ts';
import { problemLine } from '../../fixtures/problem-line.ts';
import { programOfObjects } from '../../fixtures/state-program.ts';

interface DocumentsInTheWay {
  readonly name: string;
  /** Of the other nodes, by name; absent: this node works alone. */
  readonly peers?: readonly string[];
  readonly objects: Objects;
}

function print({ name, peers: there, objects }: DocumentsInTheWay): string {
  const membership = there && {
    peers: peers.filter(peer => there.includes(peer.name)),
    bindings: { interfaces: new Map(), ports: new Map() },
  };
  const program = programOfObjects(objects, membership);
  const inOrder = Object.entries({ tenants, segments, legs, ports, routes, natPools, natRules }).flatMap(
    ([table, rows]) => {
      const names = [...program.rows<{ name: string }>(rows)].map(row => row.name).sort();
      return names.length > 0 ? [`${table} ${names.join(' ')}`] : [];
    },
  );
  return [
    `# ${name}`,
    ...new Set(shownProblems(program).map(problemLine)),
    `  ${inOrder.join(' · ')}; ${[...program.rows(faulty)].length} with a problem`,
    '',
  ].join('\n');
}

t.test('problems of documents that get in each other’s way', async t => {
  const sets = (await readFile(new URL('problems.jsonl', import.meta.url), 'utf8')).trim().split('\n');
  const text = sets.map(line => print(JSON.parse(line) as DocumentsInTheWay)).join('');
  const file = new URL('problems.txt', import.meta.url);
  if (process.env.UPDATE_GOLDEN) {
    t.notOk(process.env.CI, 'golden files are written by people, not by CI');
    await writeFile(file, text);
  }
  t.equal(text, await readFile(file, 'utf8'));
});
