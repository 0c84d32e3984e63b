import { setTimeout as sleep } from 'node:timers/promises';
import { tables } from '../../src/policy/pipeline.ts';
import type { LabHost } from '../lab/hosts.ts';
import { arpFlood } from '../lab/packets.ts';
import { run } from '../lab/process.ts';
import { type Check, check, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

const floodCount = 3_000;
const floodRate = 2_000;
/** `arpRate` of an interface when it names none, packets per second. */
const rate = 100;

async function resolves(host: LabHost): Promise<Check> {
  const gateway = host.spec.gateway ?? '';
  await run('ip', ['neigh', 'flush', 'dev', host.device], { netns: host.netns });
  await run('ping', ['-c', '1', '-W', '1', gateway], { netns: host.netns, allowFailure: true });
  const { stdout } = await run('ip', ['neigh', 'show', gateway], { netns: host.netns });
  return check(`${host.name} asks who has ${gateway}`, /lladdr 02:70:6d/.test(stdout), stdout.trim() || 'no answer');
}

/** Packets that table `answer` saw: each of them cost an upcall. */
async function upcalls({ node }: World): Promise<number> {
  const flows = await node.ofctl('dump-flows', 'br-int', `table=${tables.answer},arp`);
  return [...flows.matchAll(/n_packets=(\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

/** vswitchd gathers statistics in its own time: waits until a reading does not change any more. */
async function settled(read: () => Promise<number>): Promise<number> {
  let last = await read();
  for (;;) {
    await sleep(1_500);
    const now = await read();
    if (now === last) return now;
    last = now;
  }
}

async function flood(world: World, victim: LabHost): Promise<Check[]> {
  const { pointsman } = world;
  const dropped = () => pointsman.dropped('arp-rate', victim.name);
  const before = { dropped: await dropped(), upcalls: await settled(() => upcalls(world)) };
  const started = Date.now();
  const sent = await arpFlood(victim, victim.spec.gateway ?? '', floodCount, floodRate);
  const seconds = (Date.now() - started) / 1000;
  const cost = (await settled(() => upcalls(world))) - before.upcalls;
  const lost = (await settled(dropped)) - before.dropped;
  // The rate, a burst as large, and what other hosts ask meanwhile.
  const allowed = Math.ceil(rate * seconds) + rate + 20;
  return [
    check(
      `${sent} ARP requests in ${seconds.toFixed(1)} s from ${victim.name}: the meter drops what is over ${rate} a second`,
      lost >= sent - allowed && lost < sent,
      `${lost} counted as arp-rate of ${victim.name}`,
    ),
    check(
      'in the datapath, before they cost an upcall',
      cost > 0 && cost <= allowed,
      `${cost} upcalls, ${allowed} allowed`,
    ),
  ];
}

export const arp: Scenario = {
  title: 'ARP for the gateway: answered by flows while pointsman is stopped; a flood is metered in the datapath',
  run: async world => {
    const { pid } = world.pointsman;
    if (pid === undefined) throw new Error('pointsman does not run');
    const checks: Check[] = [];
    process.kill(pid, 'SIGSTOP');
    try {
      for (const name of ['red-vlan', 'red-evpn', 'red-aci', 'red-rep']) checks.push(await resolves(world.host(name)));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return [...checks, ...(await flood(world, world.host('red-vlan'))), await resolves(world.host('blue-vlan'))];
  },
};
