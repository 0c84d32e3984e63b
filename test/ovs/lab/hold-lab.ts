// Opens a lab with a switch in it, says where, and waits to be killed; started by lab.test.ts.

import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';

const lab = await Lab.open();
await startOvs(lab, { netns: await lab.namespace('node') });
process.stdout.write(`${JSON.stringify({ dir: lab.dir, prefix: lab.prefix })}\n`);
await sleep(60_000);
