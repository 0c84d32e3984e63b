// A topology of a size that OVN's own tests of scale use: switches of ten ports on one router, ACLs and NATs.

import type { OvnChassis } from './chassis.ts';

const switches = 200;
const portsOfSwitch = 10;
const aclsOfSwitch = 12;
/** In one command. */
const switchesAtOnce = 20;

const mac = (a: number, b: number) =>
  `0a:00:00:${[a >> 8, a & 255, b].map(n => n.toString(16).padStart(2, '0')).join(':')}`;

/** Commands for ovn-nbctl. */
function switchCommands(i: number): readonly (readonly string[])[] {
  const ports = Array.from({ length: portsOfSwitch }, (_, port) => [
    ['lsp-add', `s${i}`, `s${i}p${port}`],
    ['lsp-set-addresses', `s${i}p${port}`, `${mac(i, port)} 10.${i}.0.${10 + port}`],
  ]);
  const acls = Array.from({ length: aclsOfSwitch }, (_, acl) => [
    ...['acl-add', `s${i}`, acl % 2 === 0 ? 'to-lport' : 'from-lport', String(1000 + acl)],
    ...[`ip4 && tcp.dst == ${1000 + acl}`, 'allow-related'],
  ]);
  return [
    ['ls-add', `s${i}`],
    ['lrp-add', 'r0', `r0-s${i}`, mac(i, 254), `10.${i}.0.1/24`],
    ['lsp-add', `s${i}`, `s${i}-r0`],
    ['lsp-set-type', `s${i}-r0`, 'router'],
    ['lsp-set-addresses', `s${i}-r0`, 'router'],
    ['lsp-set-options', `s${i}-r0`, `router-port=r0-s${i}`],
    ['lr-nat-add', 'r0', 'snat', `203.0.112.${i + 1}`, `10.${i}.0.0/24`],
    ...ports.flat(),
    ...acls,
  ];
}

/** Resolves when the chassis has all of it. */
export async function buildTopology(ovn: OvnChassis): Promise<void> {
  await ovn.nbctl('lr-add', 'r0', '--', 'set', 'Logical_Router', 'r0', 'options:chassis=chassis');
  const all = Array.from({ length: switches }, (_, i) => i);
  for (let i = 0; i < switches; i += switchesAtOnce) {
    const some = all.slice(i, i + switchesAtOnce);
    await ovn.nbctl(...some.flatMap(switchCommands).flatMap(command => ['--', ...command]));
  }
  const ports = all.flatMap(i => Array.from({ length: portsOfSwitch }, (_, port) => `s${i}p${port}`));
  const plug = (name: string) => [
    ...['--', 'add-port', 'br-int', name],
    ...['--', 'set', 'Interface', name, `external_ids:iface-id=${name}`],
  ];
  await ovn.vsctl('--no-wait', ...ports.flatMap(plug));
  await ovn.nbctl('--wait=hv', 'sync');
}
