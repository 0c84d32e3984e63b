import type { LabHost } from '../lab/hosts.ts';
import { arpFlood } from '../lab/packets.ts';
import { run } from '../lab/process.ts';
import { eventually } from '../lab/wait.ts';
import { type Check, check, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

const floodCount = 3_000;

async function resolves(host: LabHost): Promise<Check> {
  const gateway = host.spec.gateway ?? '';
  await run('ip', ['neigh', 'flush', 'dev', host.device], { netns: host.netns });
  await run('ping', ['-c', '1', '-W', '1', gateway], { netns: host.netns, allowFailure: true });
  const { stdout } = await run('ip', ['neigh', 'show', gateway], { netns: host.netns });
  return check(`${host.name} asks who has ${gateway}`, /lladdr 02:70:6d/.test(stdout), stdout.trim() || 'no answer');
}

/** Packets that table `answer` saw: each of them cost an upcall. */
async function upcalls({ node }: World): Promise<number> {
  const flows = await node.ofctl('dump-flows', 'br-int', 'table=answer,arp');
  return [...flows.matchAll(/n_packets=(\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

async function flood(world: World, victim: LabHost): Promise<Check[]> {
  const { pointsman } = world;
  const before = { dropped: await pointsman.dropped('arp-rate', victim.name), upcalls: await upcalls(world) };
  const started = Date.now();
  const sent = await arpFlood(victim, victim.spec.gateway ?? '', floodCount, 0);
  const seconds = (Date.now() - started) / 1000;
  const dropped = async () => (await pointsman.dropped('arp-rate', victim.name)) - before.dropped;
  await eventually(async () => (await dropped()) > 0, { what: 'the drop counter', timeout: 5_000 });
  // 100 a second, and as many at once.
  const allowed = Math.ceil(100 * seconds) + 100 + 20;
  const cost = (await upcalls(world)) - before.upcalls;
  return [
    check(
      `${sent} ARP requests at once from ${victim.name}: the meter drops what is over the rate`,
      (await dropped()) > 0,
      `${await dropped()} counted as arp-rate of ${victim.name}`,
    ),
    check(
      'in the datapath, before they cost an upcall',
      cost <= allowed,
      `${cost} upcalls, ${allowed} allowed in ${seconds.toFixed(2)} s`,
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
