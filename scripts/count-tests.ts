// Counts the test points of a TAP file, shows what failed once more, prints `N passed, N failed` (and skipped, todo),
// and exits non-zero unless some passed and none failed: count-tests.ts FILE STATUS, where STATUS is tap's own exit.

import { readFile } from 'node:fs/promises';
import { countTests, recap, summary } from './lib/count-tests.ts';

const [file = '', status = '1'] = process.argv.slice(2);
// Without a report nothing was tested, which counts as a failure below.
const counts = countTests(await readFile(file, 'utf8').catch(() => ''), Number(status));
for (const line of recap(counts)) console.log(line);
console.log(summary(counts));
if (counts.failed > 0) process.exitCode = 1;
