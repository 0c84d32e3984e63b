// `npm run judge:text [-- COUNT [SEED [VERSION]]]`: texts that are nearly flows, judged by us and by ovs-ofctl; with
// `-- --suite DIR [VERSION]`, the texts of OVS's own test-suite, of which DIR has the files `*.at`. Prints each that is not
// judged the same, with the documented reason if there is one, and how many there are. Fails when one has none.

import { parseArgs } from 'node:util';
import type { VersionName } from '../src/openflow/index.ts';
import { compare, reasonFor } from '../test/ovs/openflow/judge.ts';
import { nearMisses } from '../test/ovs/openflow/near-misses.ts';
import { PrivateOvs } from '../test/ovs/openflow/private-ovs.ts';
import { suiteTexts } from '../test/ovs/openflow/suite-texts.ts';

const usage =
  'usage: npm run judge:text -- [COUNT [SEED [VERSION]]] | --suite DIR [VERSION]; VERSION is 1.3, 1.4 or 1.5\n';
const { values, positionals } = parseArgs({ options: { suite: { type: 'string' } }, allowPositionals: true });
const { suite } = values;
const numbers = suite === undefined ? positionals.slice(0, 2).map(Number) : [];
const [count = 3000, seed = Date.now() % 0x1_0000_0000] = numbers;
const version = (positionals[suite === undefined ? 2 : 0] ?? '1.5') as VersionName;

if (!(count > 0) || !Number.isInteger(seed) || !['1.3', '1.4', '1.5'].includes(version)) {
  process.stderr.write(usage);
  process.exit(2);
}

/** What is judged, and what is said of it. */
interface Case {
  readonly text: string;
  readonly origin: string;
}

async function cases(): Promise<readonly Case[]> {
  if (suite === undefined) return nearMisses(seed, count).map(({ text, change }) => ({ text, origin: change }));
  return (await suiteTexts(suite)).map(text => ({ text, origin: 'test-suite' }));
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const judged = await cases();
const found = await compare(
  judged.map(({ text }) => text),
  version,
);
const same = found.filter(({ kind }) => kind === 'same').length;
let refused = 0;
let unexplained = 0;

const ovs = await PrivateOvs.start();
try {
  const target = `unix:${await ovs.addBridge('br0')}`;
  const install = async (text: string) => {
    await ovs.ofctl('--bundle', 'add-flow', target, text);
  };
  for (const [i, difference] of found.entries()) {
    if (difference.kind === 'same') continue;
    const reason = await reasonFor(difference, version, install);
    if (!reason) unexplained++;
    if (reason === 'the switch refuses it') refused++;
    print(`${difference.kind} (${judged[i]?.origin}; ${reason ?? 'NO REASON'}): ${difference.text}`);
    print(`    ${difference.detail}`);
  }
} finally {
  await ovs.stop();
}
const percent = (part: number) => `${part} of ${found.length} (${((100 * part) / found.length).toFixed(2)} %)`;
print(
  `${suite === undefined ? `seed ${seed}` : suite}: as ovs-ofctl ${percent(same)}, as OVS with its switch ${percent(same + refused)}`,
);
print(`without a reason: ${unexplained}`);
if (unexplained > 0) process.exitCode = 1;
