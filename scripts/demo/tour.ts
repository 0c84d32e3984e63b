// `--keep`: leaves everything up, and says how to look around, until Ctrl-C.

import type { World } from '../../test/scenarios/world.ts';

export async function tour({ node, pointsman, host }: World): Promise<void> {
  const inNode = `ip netns exec ${node.netns}`;
  const env = `OVS_RUNDIR=${node.runDir}`;
  console.log(`
Everything stays up. In another terminal:
  ${env} ovs-ofctl -O OpenFlow15 dump-flows br-int
  ${env} ovs-vsctl --db=${node.dbEndpoint} show
  ovs-appctl -t ${node.controlSocket} dpctl/dump-flows
  ovs-appctl -t ${node.controlSocket} dpctl/dump-conntrack
  POINTSMAN_SERVER=unix:${pointsman.socket} node dist/controller/main.js status
  curl --unix-socket ${pointsman.socket} http://localhost/v1/counters/drops
  ${inNode} ip addr
  ip netns exec ${host('red-evpn').netns} ping ${host('outside').ip}
Ctrl-C takes all of it down.`);
  await new Promise<never>(() => {
    // Holds the event loop: the signal handler ends the process.
    setInterval(() => {}, 60_000);
  });
}
