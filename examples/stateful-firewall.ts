// A stateful firewall: who is inside may open connections to the outside; from the outside come answers only, and what is
// let in by name. The switch does it all by itself: this program installs the flows, and ends.
//
//     ovs-vsctl add-br br0 -- set-fail-mode br0 secure
//     node --import=tsx examples/stateful-firewall.ts unix:/run/openvswitch/br0.mgmt 1 2 tcp:22,udp:53
//     ovs-appctl dpctl/dump-conntrack

import { once } from 'node:events';
import { BundleError, flowDelete, parseActiveEndpoint, parseFlow, SwitchConnection } from 'pointsman/openflow-ts';

const [endpoint, inside, outside, open = ''] = process.argv.slice(2);
if (!endpoint || !/^\d+$/.test(inside ?? '') || !/^\d+$/.test(outside ?? '')) {
  console.error('usage: stateful-firewall.ts ENDPOINT INSIDE-PORT OUTSIDE-PORT [PROTOCOL:PORT,...]');
  process.exit(2);
}

/** All connections of this firewall; two with the same addresses on other bridges are not ours. */
const zone = 1;
const [classify, tracked] = [0, 1];

/** `tcp:22` is TCP to port 22, of IPv4 and IPv6. */
const services = open
  .split(',')
  .filter(Boolean)
  .flatMap(service => {
    const [protocol = '', port = ''] = service.split(':');
    if (!/^(tcp|udp)$/.test(protocol) || !/^\d+$/.test(port))
      throw new Error(`"${service}" is not tcp:PORT or udp:PORT`);
    return [`${protocol},tp_dst=${port}`, `${protocol}6,tp_dst=${port}`];
  });

const accept = `ct(commit,zone=${zone})`;
const flows = [
  // Addresses are found by ARP and neighbour discovery, which have no connections.
  `table=${classify},priority=100,in_port=${inside},arp,actions=output:${outside}`,
  `table=${classify},priority=100,in_port=${outside},arp,actions=output:${inside}`,
  ...[133, 134, 135, 136].flatMap(type => [
    `table=${classify},priority=100,in_port=${inside},icmp6,icmp_type=${type},actions=output:${outside}`,
    `table=${classify},priority=100,in_port=${outside},icmp6,icmp_type=${type},actions=output:${inside}`,
  ]),
  ...['ip', 'ipv6'].flatMap(family => [
    `table=${classify},priority=50,${family},actions=ct(table=${tracked},zone=${zone})`,
    `table=${tracked},priority=100,${family},ct_state=+trk+inv,actions=drop`,
    ...['+est', '+rel'].flatMap(state => [
      `table=${tracked},priority=90,${family},in_port=${inside},ct_state=+trk-new${state},actions=output:${outside}`,
      `table=${tracked},priority=90,${family},in_port=${outside},ct_state=+trk-new${state},actions=output:${inside}`,
    ]),
    `table=${tracked},priority=80,${family},in_port=${inside},ct_state=+trk+new,actions=${accept},output:${outside}`,
  ]),
  ...services.map(
    match =>
      `table=${tracked},priority=80,in_port=${outside},ct_state=+trk+new,${match},actions=${accept},output:${inside}`,
  ),
  `table=${classify},priority=0,actions=drop`,
  `table=${tracked},priority=0,actions=drop`,
];

const connection = new SwitchConnection({ endpoint: parseActiveEndpoint(endpoint, 6653) });
connection.start();
await once(connection, 'connected');
try {
  // All or nothing: at no moment is the switch without its rules.
  await connection.bundle([
    flowDelete(`table=${classify}`),
    flowDelete(`table=${tracked}`),
    ...flows.map(text => parseFlow(text)),
  ]);
  console.log(`${flows.length} flows installed`);
} catch (error) {
  if (!(error instanceof BundleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await connection.close();
}
