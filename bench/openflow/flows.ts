// Flows as a virtual network has them: ten tables, connection tracking with NAT, tunnels, conjunctions.

const tables = 10;

const ip = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const mac = (n: number) =>
  `02:00:00:${[n >> 16, n >> 8, n].map(b => (b & 255).toString(16).padStart(2, '0')).join(':')}`;

/** What a flow of each kind looks like; `n` makes it unlike the others. */
const kinds: readonly ((n: number) => string)[] = [
  n => `priority=100,ct_state=-trk,ip,reg0=${n},nw_dst=${ip(n)} actions=ct(table=5,zone=NXM_NX_REG13[0..15],nat)`,
  n =>
    `priority=90,ct_state=+new+trk,tcp,reg1=${n},nw_src=${ip(n)} actions=ct(commit,zone=${n % 65536},nat(src=198.51.100.${n % 250}:1024-65535,random),exec(load:${n}->NXM_NX_CT_MARK[])),resubmit(,6)`,
  n =>
    `priority=80,in_port=1,tun_id=0x${n.toString(16)},tun_src=192.0.2.${n % 250} actions=move:NXM_NX_TUN_ID[0..23]->NXM_NX_REG2[0..23],load:0x${(n % 4096).toString(16)}->NXM_NX_REG3[0..11],goto_table:8`,
  n =>
    `priority=70,reg2=${n},dl_dst=${mac(n)} actions=set_field:${n}->tun_id,set_field:192.0.2.${n % 250}->tun_dst,output:2`,
  n =>
    `priority=60,conj_id=${n},ip,reg4=${n % 97} actions=set_field:0x${(n % 256).toString(16)}/0xff->reg5,resubmit(,7)`,
  n => `priority=60,ip,reg6=${n >> 4},nw_src=${ip(n)} actions=conjunction(${n},1/2)`,
  n => `priority=60,tcp,reg7=${n},tp_dst=${1024 + (n % 60000)} actions=conjunction(${n},2/2)`,
  n =>
    `priority=50,arp,arp_op=1,arp_tpa=${ip(n)},reg8=${n % 11} actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:${mac(n)}->eth_src,load:2->NXM_OF_ARP_OP[],IN_PORT`,
  n =>
    `priority=40,ipv6,ipv6_dst=2001:db8::${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)} actions=dec_ttl,set_field:${mac(n)}->eth_dst,output:3`,
  n => `priority=30,reg9=0x${n.toString(16)}/0xffffff,dl_vlan=${1 + (n % 4094)} actions=pop_vlan,output:4`,
];

/** `count` flow texts, as ovs-ofctl takes them. */
export function flowTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length] as (n: number) => string;
    return `cookie=0x${(n + 1).toString(16)},table=${n % tables},${kind(n + 1)}`;
  });
}
