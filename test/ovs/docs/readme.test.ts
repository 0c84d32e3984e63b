// The README's ten lines of REST do what it says.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { run } from '../../lab/process.ts';
import { buildTopology } from '../../lab/topology.ts';

const README = join(import.meta.dirname, '../../../README.md');

t.test('ten lines of REST', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { node } = await buildTopology(lab);
  const pointsman = await LabPointsman.prepare(lab, node);
  await pointsman.start();
  const readme = await readFile(README, 'utf8');
  const [, section = ''] = /## Ten lines of REST\n\n((?: {4}.*\n)+)/.exec(readme) ?? [];
  const [start, ...lines] = section.split('\n').map(line => line.slice(4));
  t.equal(start, 'pointsman run --config configs/lab.yaml &', 'pointsman runs already');
  t.equal(lines.filter(Boolean).length, 9, 'with it, ten lines');
  const script = lines.join('\n').replaceAll('/run/pointsman/api.sock', pointsman.socket);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { netns: node.netns, env: node.env });
  t.notMatch(stdout, /urn:pointsman:problem/, 'nothing is refused');
  t.match(
    stdout,
    /table=snat.*nat\(src=203\.0\.113\.10:\d+-\d+\)/,
    'the flows are there when the last PUT is answered',
  );
  t.match(stdout, /"reason":"new-from-outside"/, 'the counters are read');

  const [, cookie] = /`api GET flows\/(0x[0-9a-f]+)`/.exec(readme) ?? [];
  const { body } = await pointsman.api('GET', `/v1/flows/${cookie}`);
  t.match(body, { object: { kind: 'nat-rules', name: 'red-out' } }, 'the cookie named leads to the rule');
});
