// A process that asks for the same as the client, reads the reply and throws it away: what no client can beat.

import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { readSchema } from './database.ts';

const [path = ''] = process.argv.slice(2);
const { tables } = readSchema();
const requests = Object.fromEntries(
  ['Network', 'Binding'].map(table => [table, [{ columns: Object.keys(tables[table]?.columns ?? {}) }]]),
);
const params = ['Bindings', 'bare', requests, '00000000-0000-0000-0000-000000000000'];
const start = performance.now();
const socket = connect(path, () => socket.write(JSON.stringify({ id: 0, method: 'monitor_cond_since', params })));
const end = Buffer.from('"error":null}');
let bytes = 0;
socket.on('data', chunk => {
  bytes += chunk.length;
  // The reply ends in this, or in the result; both times at the end of a chunk.
  if (!chunk.subarray(-end.length).equals(end)) return;
  writeFileSync(
    1,
    JSON.stringify({ seconds: (performance.now() - start) / 1000, bytes, rss: process.memoryUsage.rss() }),
  );
  socket.destroy();
});
