// The committed rows are those of the installed schema and the overlay.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { vswitchSchema } from './server.ts';

const root = new URL('../../..', import.meta.url);

t.test('src/ovsdb/generated/open-vswitch.ts is up to date', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'pointsman-rows-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const out = join(directory, 'open-vswitch.ts');
  execFileSync(
    process.execPath,
    [
      '--import=tsx',
      'scripts/generate-rows.ts',
      `--schema=${vswitchSchema}`,
      '--overlay=schemas/ovs-doca-columns.json',
      `--out=${out}`,
    ],
    { cwd: root, timeout: 60_000 },
  );
  t.equal(
    readFileSync(out, 'utf8'),
    readFileSync(new URL('src/ovsdb/generated/open-vswitch.ts', root), 'utf8'),
    'run scripts/generate-rows.ts again',
  );
});
