// The demo: hosts, a private Open vSwitch and pointsman in network namespaces of their own; the packets that must get
// through; what the switch holds afterwards. Exit code 0 only if every check passed.

import { Lab } from '../../test/lab/lab.ts';
import { scenarios } from '../../test/scenarios/all.ts';
import type { Check } from '../../test/scenarios/scenario.ts';
import { buildWorld, type World } from '../../test/scenarios/world.ts';
import { conntrackOf, flowsOf } from './report.ts';
import { tour } from './tour.ts';

const keep = process.argv.includes('--keep');
const colour = process.stdout.isTTY;

function paint(code: number, text: string): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function heading(text: string): void {
  console.log(`\n${paint(1, text)}`);
}

function print({ what, ok, seen }: Check): void {
  console.log(`  ${ok ? paint(32, 'ok  ') : paint(31, 'FAIL')} ${what}: ${seen}`);
}

async function play(world: World): Promise<number> {
  let failed = 0;
  for (const [index, { title, run }] of scenarios.entries()) {
    heading(`${index + 1}. ${title}`);
    for (const check of await run(world)) {
      print(check);
      if (!check.ok) failed += 1;
    }
  }
  return failed;
}

async function demo(): Promise<number> {
  const started = Date.now();
  const lab = await Lab.open();
  const stop = (signal: NodeJS.Signals) => {
    console.log(`\n${signal}: cleaning up`);
    void lab.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    heading('Setting up');
    const world = await buildWorld(lab, step => console.log(`  … ${step}`));
    const failed = await play(world);
    heading('The flows of tenant red, per table (ovs-ofctl -O OpenFlow15 dump-flows br-int)');
    console.log(await flowsOf(world, 'red'));
    heading("One of red's connections (ovs-appctl dpctl/dump-conntrack)");
    console.log(await conntrackOf(world, 'red'));
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    heading(failed === 0 ? `All packets got through, in ${seconds} s.` : `${failed} checks FAILED, in ${seconds} s.`);
    if (keep) await tour(world);
    return failed === 0 ? 0 : 1;
  } finally {
    console.log('  … cleaning up');
    await lab.close();
  }
}

process.exitCode = await demo();
