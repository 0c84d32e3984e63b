// `npm run judge:text [-- COUNT [SEED [VERSION]]]`: texts that are nearly flows, judged by us and by ovs-ofctl. Prints each
// that is not judged the same, with the documented reason if there is one, and how many there are. Fails when one has none.

import type { VersionName } from '../src/openflow/index.ts';
import { compare, reasonFor } from '../test/ovs/openflow/judge.ts';
import { nearMisses } from '../test/ovs/openflow/near-misses.ts';
import { PrivateOvs } from '../test/ovs/openflow/private-ovs.ts';

const count = Number(process.argv[2] ?? 3000);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
const version = (process.argv[4] ?? '1.5') as VersionName;

if (!(count > 0) || !Number.isInteger(seed) || !['1.3', '1.4', '1.5'].includes(version)) {
  process.stderr.write('usage: npm run judge:text -- [COUNT [SEED [1.3 | 1.4 | 1.5]]]\n');
  process.exit(2);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const misses = nearMisses(seed, count);
const found = await compare(
  misses.map(({ text }) => text),
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
    print(`${difference.kind} (${misses[i]?.change}; ${reason ?? 'NO REASON'}): ${difference.text}`);
    print(`    ${difference.detail}`);
  }
} finally {
  await ovs.stop();
}
const percent = (part: number) => `${part} of ${count} (${((100 * part) / count).toFixed(2)} %)`;
print(`seed ${seed}: as ovs-ofctl ${percent(same)}, as OVS with its switch ${percent(same + refused)}`);
print(`without a reason: ${unexplained}`);
if (unexplained > 0) process.exitCode = 1;
