// Texts that are nearly flows: we take what ovs-ofctl takes, and send the same; where not, for a reason that is documented.

import t from 'tap';
import { compare, reasonFor } from './judge.ts';
import { nearMisses } from './near-misses.ts';
import { PrivateOvs } from './private-ovs.ts';

const seed = Number(process.env.NEAR_MISS_SEED ?? 20261130);
const count = 300;

/** What is said twice, in another order, or in an unusual way: OVS has an answer, and we have the same. */
const curious = [
  'tcp,udp actions=drop',
  'in_port=1,in_port=2 actions=drop',
  'in_port=1,in_port=2,in_port=* actions=drop',
  'tcp,tun_gtpu_msgtype=87/0 actions=drop',
  'tcp,tun_gtpu_msgtype=87/15 actions=drop',
  'reg0=0xffff,reg0[0..3]=2 actions=drop',
  'reg0[0..3]=2,reg0[8..11]=0xf,reg0[0..1]=1 actions=drop',
  'xreg0=0x1122334455667788,reg1=7,xxreg0[127..127]=1 actions=drop',
  'reg0=1/1,xreg0=0/0xffff00000000 actions=drop',
  'dl_vlan=5,dl_vlan_pcp=3,dl_vlan=7 actions=drop',
  'dl_vlan=5,dl_vlan=0xffff actions=drop',
  'vlan_pcp=3 actions=drop',
  'vlan_tci=0x1005/0x1fff,vlan_vid=0x1000/0x1000 actions=drop',
  'ip,nw_tos=0xb8,ip_ecn=1,ip_dscp=3 actions=drop',
  'udp,tcp_dst=80,tp_src=7 actions=drop',
  'icmp6,icmp_type=135,arp_sha=02:00:00:00:00:01 actions=drop',
  'arp,nw_proto=2,nw_src=10.0.0.0/8 actions=drop',
  'packet_type=(1,0x894f),ipv6 actions=drop',
  'dl_src=* actions=drop',
  'tun_metadata0=0x1ff/0xff,tun_metadata1=5/0 actions=drop',
  'ip,ip_frag=LATER actions=drop',
  'table=010,priority=010,cookie=010 actions=resubmit(,010),resubmit:08,dec_ttl(010)'.replace('actions', 'ip actions'),
  'in_port=010,ip,nw_src=010.1.2.3,reg0=010,metadata=-1 actions=drop',
  'idle_timeout=+5,reg0=0X1F actions=drop',
  'nsh_si=1,nsh_c1=5 actions=drop',
  'arp,ct_nw_proto=6,ct_nw_src=1.2.3.4,ct_tp_dst=5 actions=drop',
  'actions =2',
  'action=3',
  'actions=65533',
  'actions=CONTROLLER',
  'actions=write_actions(drop)',
  'in_port=1,ip,actions=decap(),set_field:1.1.1.1->nw_dst',
  'ip,actions=push_mpls:0x8847,set_mpls_label:5,pop_mpls:0x0800,dec_ttl',
  'actions=push_vlan:0x8100,push_vlan:0x88a8,set_vlan_vid:7,pop_vlan,set_vlan_pcp:1',
  'actions=write_actions(pop_vlan),goto_table:0',
  'ip,actions=conjunction(010,1/2),note:00',
  'ip,actions=conjunction(10,1/+2)',
  'reg0[+3]=1 actions=load:1->NXM_NX_REG1[+4..+5]',
  'ip,actions=ct(commit,nat(src=0.0.0.0))',
  'ip,actions=ct(commit,nat(src=10.0.0.1:0))',
  'ip,actions=ct(commit,nat(dst=0.0.0.0:80))',
  'ipv6,actions=ct(commit,nat(dst=::))',
  'dl_vlan=5,actions=load:5->OXM_OF_VLAN_PCP[]',
  'dl_vlan=5,actions=load:5->OXM_OF_VLAN_VID[]',
  'mpls,actions=load:5->OXM_OF_MPLS_LABEL[],load:1->OXM_OF_MPLS_TC[]',
  'ip,actions=load:3->OXM_OF_IP_DSCP[],load:3->NXM_NX_IP_ECN[],load:3->NXM_OF_IP_TOS[]',
  'ipv6,actions=load:5->NXM_NX_IPV6_LABEL[]',
  'actions=load:1->NXM_OF_IN_PORT[],load:0->NXM_NX_TUN_FLAGS[],load:2->NXM_OF_VLAN_TCI[]',
  'ip,actions=ct(zone=reg0[0..15],commit,exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]))',
];

for (const version of ['1.5', '1.3'] as const) {
  t.test(`what is said twice or unusually, in OpenFlow ${version}`, async t => {
    for (const { text, kind, detail } of await compare(curious, version)) t.equal(kind, 'same', `${text}: ${detail}`);
  });
}

t.test(`${count} near misses, seed ${seed}`, async t => {
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  const target = `unix:${await ovs.addBridge('br0')}`;
  const install = async (text: string) => {
    await ovs.ofctl('--bundle', 'add-flow', target, text);
  };
  const found = await compare(
    nearMisses(seed, count).map(({ text }) => text),
    '1.5',
  );
  const differences = found.filter(({ kind }) => kind !== 'same');
  t.ok(differences.length <= count / 50, `${differences.length} of ${count} differ`);
  for (const difference of differences) {
    const reason = await reasonFor(difference, '1.5', install);
    t.ok(reason, `${difference.kind}: ${difference.text}: ${reason ?? difference.detail}`);
  }
});
