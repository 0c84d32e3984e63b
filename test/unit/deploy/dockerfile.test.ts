import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { lintDockerfile } from '../../../scripts/lib/lint-dockerfile.ts';

const docker = join(import.meta.dirname, '../../../docker');

test('the Dockerfiles have no findings', async t => {
  t.same(lintDockerfile(await readFile(join(docker, 'Dockerfile'), 'utf8')), []);
  t.same(lintDockerfile(await readFile(join(docker, 'ovs.Dockerfile'), 'utf8'), { root: true }), []);
});

test('what the linter finds', async t => {
  const text = `FROM node AS build
ADD a b
RUN apt-get update && apt-get install -y git
FROM debian:latest
COPY --from=build b b
FRM x
`;
  t.same(lintDockerfile(text), [
    '1: node needs a tag other than latest',
    '2: COPY does what it says, ADD guesses',
    '3: apt-get install without --no-install-recommends',
    "3: apt's lists stay in the layer",
    '4: debian:latest needs a tag other than latest',
    '4: the last stage runs as root',
    '6: Unknown instruction: FRM',
  ]);
  t.same(lintDockerfile('FROM debian:12\nUSER 0\n'), ['1: the last stage runs as root']);
  t.same(lintDockerfile('FROM debian:12\nUSER 0\n', { root: true }), []);
});
