// Flows of a real datapath, read and written again; what they say is what was sent through it.

import t from 'tap';
import {
  type DatapathFlow,
  type DatapathTerm,
  formatDatapathFlow,
  OpenFlowTextError,
  parseDatapathFlow,
  parseDatapathFlows,
} from '../../../src/openflow/index.ts';
import { eventually } from '../../lab/wait.ts';
import { PrivateOvs } from './private-ovs.ts';

const find = (terms: readonly DatapathTerm[] | undefined, name: string) => terms?.find(term => term.name === name);
const lines = (dump: string) => dump.split('\n').filter(line => line !== '' && !line.startsWith('flow-dump'));

const flows = [
  'table=0,priority=9,tcp,actions=ct(table=1,zone=7,nat)',
  'table=0,priority=8,udp,actions=meter:1,push_vlan:0x8100,set_field:4126->vlan_vid,set_field:9->nw_ttl,output:p2,output:100',
  'table=0,priority=8,udp6,actions=check_pkt_larger(200)->NXM_NX_REG0[0],resubmit(,2)',
  'table=0,priority=7,arp,actions=drop',
  'table=1,ct_state=+new+trk,tcp,actions=ct(commit,zone=7,nat(src=192.0.2.1:1024-2047),exec(set_field:0x5/0xf->ct_mark)),output:p2',
  'table=2,reg0=0x1/0x1,actions=drop',
  'table=2,reg0=0/0x1,ipv6,actions=sample(probability=6553,collector_set_id=1),clone(set_field:fd00::9->ipv6_dst,output:p2),controller',
];

const ethernet = 'in_port(1),eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07)';
const four = (protocol: number) =>
  `${ethernet},eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=${protocol},tos=0,ttl=64,frag=no)`;
const six = 'ipv6(src=fd00::1,dst=fd00::2,label=0,proto=17,tclass=0,hlimit=64,frag=no)';
const packets = [
  `${four(6)},tcp(src=1000,dst=80),tcp_flags(syn)`,
  `${four(17)},udp(src=1000,dst=53)`,
  `${ethernet},eth_type(0x86dd),${six},udp(src=1000,dst=53)`,
  `${ethernet},eth_type(0x0806),arp(sip=10.0.0.1,tip=10.0.0.2,op=1,sha=50:54:00:00:00:05,tha=00:00:00:00:00:00)`,
];

t.test('the dumps of a real datapath', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const phy = await ovs.addBridge('br-phy', 'p9');
  const br = await ovs.addBridge('br0', 'p1', 'p2');
  await ovs.vsctl(
    ...['set', 'interface', 'p1', 'ofport_request=1', '--', 'set', 'interface', 'p2', 'ofport_request=2', '--'],
    ...['add-port', 'br0', 'tunnel', '--', 'set', 'interface', 'tunnel', 'type=vxlan', 'ofport_request=100'],
    ...['options:remote_ip=1.1.2.92', 'options:key=123'],
  );
  await ovs.appctl('netdev-dummy/ip4addr', 'br-phy', '1.1.2.88/24');
  await ovs.appctl('ovs/route/add', '1.1.2.92/24', 'br-phy');
  await ovs.appctl('tnl/neigh/set', 'br-phy', '1.1.2.92', 'f8:bc:12:44:34:b6');
  await ovs.ofctl('add-flow', `unix:${phy}`, 'actions=normal');
  await ovs.ofctl('add-meter', `unix:${br}`, 'meter=1,pktps,burst,band=type=drop,rate=100000,burst_size=100000');
  for (const flow of flows) await ovs.ofctl('add-flow', `unix:${br}`, flow);
  for (let round = 0; round < 2; round++) {
    for (const packet of packets) await ovs.appctl('netdev-dummy/receive', 'p1', packet);
  }

  const dump = await eventually(
    async () => {
      const text = await ovs.appctl('dpctl/dump-flows', '-m');
      return lines(text).filter(line => / packets:[1-9]/.test(line)).length >= 4 && text;
    },
    { what: 'flows that saw packets' },
  );
  for (const text of [dump, await ovs.appctl('dpctl/dump-flows')]) {
    for (const line of lines(text)) t.equal(formatDatapathFlow(parseDatapathFlow(line)), line);
  }

  const all = parseDatapathFlows(dump);
  t.equal(all.length, lines(dump).length);
  const of = (type: string, protocol?: string): DatapathFlow => {
    const flow = all.find(({ match }) => {
      const ip = find(match, 'ipv4') ?? find(match, 'ipv6');
      const proto = find(ip?.args, 'proto');
      const isType = find(match, 'eth_type')?.args?.[0]?.value === type;
      return (
        isType &&
        (protocol === undefined || proto?.value === protocol) &&
        find(match, 'recirc_id')?.args?.[0]?.value === '0'
      );
    });
    if (!flow) throw new Error(`no flow of ${type}`);
    return flow;
  };
  const udp = of('0x0800', '17');
  t.ok(udp.packets >= 1n && udp.bytes > 0n && udp.used !== undefined);
  t.match(udp.ufid, /^[0-9a-f]{8}-/);
  t.same(find(find(udp.match, 'ipv4')?.args, 'src'), { name: 'src', value: '10.0.0.1', mask: '0.0.0.0' });
  t.same(find(udp.actions, 'meter')?.args?.length, 1);
  t.same(find(find(udp.actions, 'push_vlan')?.args, 'vid')?.value, '30');
  t.match(dump, /tnl_push\(.*vxlan\(/, 'a tunnel header, nested in it');
  t.match(dump, /check_pkt_len\(|sample\(/, 'and branches');
  t.same(find(of('0x0800', '6').actions, 'ct')?.args?.[0], { name: 'zone', value: '7' });
  t.same(of('0x0806').actions, []);
});

t.test('what other datapaths write', async t => {
  for (const line of [
    'ufid:7d1d1c5b-0000-4000-8000-000000000001, recirc_id(0),in_port("rep 0"),eth_type(0x0800),ipv4(src=10.0.0.0/255.0.0.0,frag=no), packets:7, bytes:686, used:0.510s, flags:SFP., offloaded:yes, dp:tc, actions:ct(commit,zone=5,nat(src=192.0.2.1:1024-2047)),recirc(0x1f)',
    'recirc_id(0x1f),tunnel(tun_id=0x64,src=1.1.2.92,dst=1.1.2.88,geneve({class=0x102,type=0x80,len=4,0x10002/0x7fffffff}),flags(-df-csum+key)),in_port(2),ct_state(+est-inv),ct_label(0x1/0xffff), packets:18446744073709551615, bytes:0, used:never, offloaded:partial, dp:doca, actions:drop, dp-extra-info:miniflow_bits(5,1)',
  ])
    t.equal(formatDatapathFlow(parseDatapathFlow(line)), line);
});

t.test('what is no flow is refused', async t => {
  const line = 'recirc_id(0),in_port(2), packets:0, bytes:0, used:never, actions:2';
  t.ok(parseDatapathFlow(line));
  for (const [from, to] of [
    ['in_port(2)', 'in_port(2'],
    ['in_port(2)', 'in_port(2}'],
    ['in_port(2)', 'in_port("2)'],
    ['packets:0', 'packets:many'],
    ['used:never', 'used:sometimes'],
    ['used:never', 'used:never, offloaded:maybe'],
    [', actions:2', ''],
    ['in_port(2)', '('.repeat(40) + ')'.repeat(40)],
  ] as const)
    t.throws(() => parseDatapathFlow(line.replace(from, to)), OpenFlowTextError, to);
});
