import { join } from 'node:path';
import { test } from 'tap';
import { Lab, withLab } from '../../lab/lab.ts';
import { leftovers } from '../../lab/leftovers.ts';
import { startOvs } from '../../lab/ovs.ts';
import { startProcess } from '../../lab/process.ts';
import { eventually, Hopeless } from '../../lab/wait.ts';

test('a closed lab leaves no namespace, process or file', async t => {
  const lab = await Lab.open();
  const netns = await lab.namespace('node');
  const ovs = await startOvs(lab, { netns });
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev');
  const kinds = (await leftovers(lab.dir, lab.prefix)).map(text => text.split(' ')[0]);
  t.same(new Set(kinds), new Set(['namespace', 'process', 'directory']), 'an open lab is seen');
  await lab.close();
  t.same(await leftovers(lab.dir, lab.prefix), []);
  await lab.close();
});

test('a failure inside a lab comes out, and the lab is closed', async t => {
  let seen: { dir: string; prefix: string } | undefined;
  await t.rejects(
    withLab(async lab => {
      seen = lab;
      await lab.namespace('a');
      await lab.run('false', []);
    }),
    /false: exit 1/,
  );
  t.ok(seen);
  if (seen) t.same(await leftovers(seen.dir, seen.prefix), []);
});

test('every teardown runs although one fails', async t => {
  const lab = await Lab.open();
  const netns = await lab.namespace('a');
  const child = await lab.start('sleep', ['1000'], { netns });
  lab.defer(() => Promise.reject(new Error('stuck')));
  await t.rejects(lab.close(), /could not be closed cleanly/);
  t.notOk(child.running);
  t.same(await leftovers(lab.dir, lab.prefix), []);
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`a process ended by ${signal} takes its lab with it`, async t => {
    const holder = await startProcess(process.execPath, ['--import=tsx', join(import.meta.dirname, 'hold-lab.ts')], {
      env: { NODE_OPTIONS: '' },
    });
    t.teardown(() => holder.kill());
    const line = await eventually(
      () => {
        if (!holder.running) throw new Hopeless(holder.stderr());
        return /^\{.*\}$/m.exec(holder.stdout())?.[0];
      },
      { what: 'the lab of the other process' },
    );
    const { dir, prefix } = JSON.parse(line) as { dir: string; prefix: string };
    t.ok((await leftovers(dir, prefix)).length > 3, 'it is there');
    holder.signal(signal);
    await holder.exited;
    await eventually(
      async () => {
        const left = await leftovers(dir, prefix);
        if (left.length > 0) throw new Error(left.join(', '));
        return true;
      },
      { what: 'the keeper' },
    );
    t.pass('nothing is left');
  });
}
