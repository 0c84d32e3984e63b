// A process that synchronises with the client and reports what that took, as one line of JSON.

import { writeFileSync } from 'node:fs';
import { OvsdbClient, type UntypedTables } from 'pointsman/ovsdb-client';
import { readSchema } from './database.ts';

const [path = ''] = process.argv.slice(2);
const client = new OvsdbClient<UntypedTables>({
  remotes: [{ kind: 'unix', path }],
  schema: readSchema(),
  monitor: { Network: true, Binding: true },
});
let last = performance.now();
let longest = 0;
const beat = setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}, 1);
const start = performance.now();
client.start();
await client.synced(AbortSignal.timeout(120_000));
const seconds = (performance.now() - start) / 1000;
clearInterval(beat);
const rows = client.replica.count('Binding');
writeFileSync(1, JSON.stringify({ seconds, rows, blocked: longest, rss: process.memoryUsage.rss() }));
await client.close();
