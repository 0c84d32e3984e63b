// Does one step to the node, and comes back when all that it killed or paused runs again and every request has its answer. Whether
// the node has got over it is for others to say.

import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../lab/process.ts';
import { eventually } from '../lab/wait.ts';
import type { Write } from './make-write.ts';
import { addMachine, pidOf, type SoakStage } from './stage.ts';
import { type Daemon, machineDevices, type Step } from './step.ts';

/** What was answered to a write. */
export interface Answer {
  readonly write: Write;
  /** Undefined: the connection ended without one. */
  readonly status: number | undefined;
  readonly body: unknown;
}

/** Foreign flows that the node has to leave alone, as arguments of `add-flow`. */
export type ForeignFlows = Set<string>;

export async function takeStep(stage: SoakStage, step: Step, foreign: ForeignFlows): Promise<readonly Answer[]> {
  const { node, pointsman } = stage;
  switch (step.do) {
    case 'write': {
      const answers: Answer[] = [];
      for (const each of step.writes) answers.push(await send(stage, each, '?wait=installed'));
      return answers;
    }
    case 'burst':
      return await Promise.all(step.writes.map(each => send(stage, each)));
    case 'kill':
      return await meanwhile(stage, step, async () => {
        await kill(stage, step.who);
        if (step.who === 'vswitchd') foreign.clear();
      });
    case 'pause':
      return await meanwhile(stage, step, async () => {
        const pid = await pidOf(stage, step.who);
        process.kill(pid, 'SIGSTOP');
        await sleep(step.time);
        process.kill(pid, 'SIGCONT');
      });
    case 'restart':
      await pointsman.stop();
      await pointsman.start();
      break;
    case 'del-flows':
    case 'mod-flows': {
      const ours = `cookie=0x706d000000000000/0xffff000000000000${step.table === undefined ? '' : `,table=${step.table}`}`;
      await node.ofctl(step.do, step.bridge, step.do === 'del-flows' ? ours : `${ours},actions=drop`);
      break;
    }
    case 'del-meter':
      await removeNth(stage, 'meter', step.nth);
      break;
    case 'del-group':
      await removeNth(stage, 'group', step.nth);
      break;
    case 'foreign-flow': {
      const flow = `cookie=0xf0,table=0,priority=1,in_port=${60_000 + step.number},actions=drop`;
      await node.ofctl('add-flow', 'br-int', flow);
      foreign.add(String(60_000 + step.number));
      break;
    }
    case 'flap':
      await setLink(stage, step.device, 'down');
      await sleep(step.time);
      await setLink(stage, step.device, 'up');
      break;
    case 'renumber':
      await renumber(stage, step.device, step.ofport);
      break;
  }
  return [];
}

async function send({ pointsman }: SoakStage, write: Write, query = ''): Promise<Answer> {
  const path = `/v1/${write.kind}/${write.name}${query}`;
  try {
    const { status, body } = await pointsman.api(write.document ? 'PUT' : 'DELETE', path, write.document);
    return { write, status, body };
  } catch (error) {
    return { write, status: undefined, body: String(error) };
  }
}

async function meanwhile(
  stage: SoakStage,
  { after, writes }: { readonly after: number; readonly writes: readonly Write[] },
  strike: () => Promise<void>,
): Promise<readonly Answer[]> {
  const writing = Promise.all(writes.map(each => send(stage, each)));
  await sleep(after);
  await strike();
  return await writing;
}

async function kill(stage: SoakStage, who: Daemon): Promise<void> {
  const { node, pointsman } = stage;
  switch (who) {
    case 'pointsman':
      await pointsman.kill();
      await pointsman.start();
      break;
    case 'vswitchd':
      await node.killVswitchd();
      await neverReady(stage, 'without ovs-vswitchd');
      await node.startVswitchd();
      for (const device of machineDevices) await setLink(stage, device, 'up');
      break;
    case 'switch-database':
      await node.killServer();
      await neverReady(stage, "without the switch's database");
      await node.startServer();
      break;
    case 'state-database':
      // pointsman starts it again.
      process.kill(await pidOf(stage, who), 'SIGKILL');
      break;
  }
}

/** It must say so, soon, and every time. */
async function neverReady({ pointsman }: SoakStage, when: string): Promise<void> {
  const isUnready = async () => (await pointsman.api('GET', '/readyz')).status === 503;
  await eventually(isUnready, { what: `readyz to say no ${when}`, timeout: 15_000 });
  if (!(await isUnready())) throw new Error(`readyz said yes again ${when}`);
}

async function removeNth({ node }: SoakStage, what: 'meter' | 'group', nth: number): Promise<void> {
  const dump = await node.ofctl(`dump-${what}s`, 'br-int');
  const numbers = [...dump.matchAll(what === 'meter' ? /meter=(\d+)/g : /group_id=(\d+)/g)].map(([, number]) => number);
  if (numbers.length === 0) return;
  const number = numbers[nth % numbers.length];
  await node.ofctl(`del-${what}s`, 'br-int', what === 'meter' ? `meter=${number}` : `group_id=${number}`);
}

async function setLink({ node }: SoakStage, device: string, to: 'up' | 'down'): Promise<void> {
  await run('ip', ['link', 'set', device, to], { netns: node.netns });
}

async function renumber({ node, config }: SoakStage, device: string, ofport: number): Promise<void> {
  if ((machineDevices as readonly string[]).includes(device)) {
    await node.vsctl('del-port', config.integrationBridge, device);
    await addMachine(node, device, ofport);
    return;
  }
  // pointsman puts it back by itself.
  await node.vsctl('del-port', config.integrationBridge, device);
}
