// `npm run bench:batches [-- --tenants 1000]`: for how long pointsman answers nobody else while it takes many objects at once. An intent is
// put by batches, deleted by batches, and imported as a whole, each with reads beside it; prints how long each took, the longest that
// the event loop was blocked, and the longest that a read of one object waited.

import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { batchLimits } from '../../src/controller/rest/batch-limits.ts';
import { sharedPuts, tenantPuts } from './intent.ts';
import { BenchNode } from './node.ts';

const { values } = parseArgs({ options: { tenants: { type: 'string', default: '1000' } } });
const tenants = Number(values.tenants);
const patience = 300_000;

function send(socket: string, method: string, path: string, body?: unknown): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { connection: 'close', ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, headers, timeout: patience }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const said = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 0) < 300 || answer.statusCode === 404) resolve(said);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${said.slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Prints how `work` went, and how it went meanwhile for others. */
async function measure(node: BenchNode, file: string, what: string, work: () => Promise<unknown>): Promise<void> {
  const { socket } = node.pointsman;
  const longest = async () => {
    await rm(file, { force: true });
    node.pointsman.signal('SIGPWR');
    for (let waited = 0; waited < patience; waited += 20) {
      await sleep(20);
      const text = await readFile(file, 'utf8').catch(() => '');
      if (text !== '') return (JSON.parse(text) as { readonly longest: number }).longest;
    }
    throw new Error('pointsman does not answer signals');
  };
  await longest();
  await node.profile();
  let isOver = false;
  let worst = 0;
  const reads = (async () => {
    while (!isOver) {
      const began = performance.now();
      await send(socket, 'GET', '/v1/tenants/t1');
      worst = Math.max(worst, performance.now() - began);
      await sleep(5);
    }
  })();
  const began = performance.now();
  const cpuBefore = await node.cpu;
  await work();
  const took = performance.now() - began;
  isOver = true;
  await reads;
  const cpu = ((await node.cpu) - cpuBefore) * 1000;
  await node.profile();
  const cells = [took, cpu, await longest(), worst].map(ms => ms.toFixed(0).padStart(12));
  process.stdout.write(`${what.padEnd(44)}${cells.join('')}\n`);
}

const puts = [...sharedPuts(tenants), ...Array.from({ length: tenants }, (_, i) => tenantPuts(i + 1)).flat()];
function partsOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / batchLimits.items);
  return Array.from({ length: count }, (_, i) => items.slice(i * batchLimits.items, (i + 1) * batchLimits.items));
}

async function settled({ pointsman }: BenchNode): Promise<void> {
  while ((await pointsman.api('GET', '/readyz')).status !== 200) await sleep(100);
}

async function withNode(work: (node: BenchNode, file: string) => Promise<void>): Promise<void> {
  const node = await BenchNode.open();
  const file = join(node.ovs.runDir, 'loop');
  process.env.LOOP_FILE = file;
  try {
    await node.start();
    await work(node, file);
    await node.pointsman.stop();
  } finally {
    await node.close();
  }
}

process.stdout.write(
  `${'ms'.padEnd(44)}${['took', 'processor', 'loop blocked', 'a GET'].map(text => text.padStart(12)).join('')}\n`,
);
let exported = '';
await withNode(async (node, file) => {
  const { socket } = node.pointsman;
  const parts = partsOf(puts.map(put => ({ op: 'put', ...put })));
  await measure(node, file, `${puts.length} objects in ${parts.length} batches`, async () => {
    for (const items of parts) await send(socket, 'POST', '/v1/batch', { items });
  });
  await measure(node, file, 'until they are installed', () => settled(node));
  await measure(node, file, 'export', async () => {
    exported = await send(socket, 'GET', '/v1/export?allocations=true');
  });
  const changed = tenantPuts(1).map(({ kind, document }) => ({
    op: 'put',
    kind,
    document: { ...document, labels: { a: 'b' } },
  }));
  await measure(node, file, 'plan of one tenant', () =>
    send(socket, 'POST', '/v1/batch?dryRun=true', { items: changed }),
  );
  const some = puts.slice(-(batchLimits.items - (batchLimits.items % 13))).reverse();
  const items = some.map(({ kind, document: { name } }) => ({ op: 'delete', kind, name }));
  await measure(node, file, `plan of ${items.length} deletes`, () =>
    send(socket, 'POST', '/v1/batch?dryRun=true', { items }),
  );
  await measure(node, file, `${items.length} deletes`, () => send(socket, 'POST', '/v1/batch', { items }));
});
await withNode(async (node, file) => {
  const body = JSON.parse(exported) as object;
  await measure(node, file, `import of ${puts.length} objects`, () =>
    send(node.pointsman.socket, 'POST', '/v1/import', body),
  );
  await measure(node, file, 'until they are installed', () => settled(node));
});
