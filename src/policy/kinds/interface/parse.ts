// An interface's document by itself: its rows, what its hosts claim, and what is wrong whatever else there is.

import {
  formatIp,
  formatPrefix,
  type Ip,
  type Prefix,
  parseIp,
  parseMac,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  reservedAddresses,
  sameIp,
} from '../../../lib/address.ts';
import { type Output, unit } from '../../engine/unit.ts';
import { documentTables } from '../../facts/base.ts';
import { claims, subnetClaims } from '../../facts/claims.ts';
import {
  draftGateways,
  draftHosts,
  draftInterfaces,
  draftNewConnections,
  draftSubnets,
  draftWires,
  farVteps,
  insidePrefixes,
  machines,
  ways,
} from '../../facts/drafts.ts';
import { hostKey } from '../../facts/objects.ts';
import { problems } from '../../facts/problems.ts';
import { isLinkLocal, whyNoSubnet } from '../../special-addresses.ts';
import type { InterfaceDocument } from '../interfaces.ts';
import { addressClaim, isUnicast, macClaim, type Speaker, speaker } from '../speaker.ts';

export const parseInterface = unit({
  name: 'interfaces/parse',
  over: documentTables.interfaces,
  reads: [],
  writes: [
    ...[draftInterfaces, draftWires, draftGateways, draftSubnets, draftHosts, farVteps, machines, ways, insidePrefixes],
    ...[draftNewConnections],
    ...[claims, subnetClaims, problems],
  ],
  emit: (document, _, out) => {
    const { name, role, tenant, attachment, arpRate, newConnections: policy, newConnectionRate: rate } = document;
    const speak = speaker({ kind: 'interfaces', name, noun: 'interface' }, out);
    const { report } = speak;
    if (role === 'inner' && tenant === undefined)
      report('/tenant', 'invalid', 'absent', 'an inner interface belongs to a tenant');
    if (role === 'outer' && policy !== undefined)
      report(
        '/newConnections',
        'invalid',
        'outer',
        'only on an inner interface connections begin that policy is about',
      );
    const mac = parseMac(document.mac);
    if (!isUnicast(mac)) report('/mac', 'invalid', 'unicast', `${document.mac} is not a unicast MAC address`);
    const vni = attachment.type === 'vni' ? attachment.vni : undefined;
    const isPinned = attachment.type !== 'vni' && attachment.node !== undefined;
    const addresses = document.addresses.map(parsePrefix);
    const remoteVteps = document.remoteVteps.map(parseIp);
    out.put(draftInterfaces, { name, role, tenant, type: attachment.type, vni, addresses });
    out.put(draftGateways, { interface: name, mac, arpRate, isPinned });
    out.put(draftWires, { interface: name, attachment, remoteVteps });
    if (policy !== undefined || rate !== undefined) out.put(draftNewConnections, { interface: name, policy, rate });
    if (role === 'outer' && tenant !== undefined) out.put(ways, { tenant, interface: name });
    putSubnets(document, addresses, speak, out);
    checkRemotes(remoteVteps, vni, speak);
    checkMacs(document, mac, speak);
    putHosts(document, { addresses, remoteVteps, vni }, speak, out);
  },
});

/** The subnets behind it, and what no machine can have there. */
function putSubnets(
  { name, role, tenant, addresses: texts }: InterfaceDocument,
  addresses: readonly Prefix[],
  { report, claimsFirst }: Speaker,
  out: Output,
): void {
  const seen = new Set<string>();
  addresses.forEach((prefix, at) => {
    const pointer = `/addresses/${at}`;
    const special = whyNoSubnet(prefix);
    if (special) {
      const text = formatPrefix(prefix);
      report(pointer, 'invalid', 'special', `${text} is no subnet for machines: some of it is ${special}`);
      return;
    }
    addresses.slice(0, at).forEach((other, j) => {
      if (prefixesOverlap(prefix, other))
        report(pointer, 'invalid', `overlap ${j}`, `${texts[at]} overlaps ${texts[j]}`);
    });
    const { network, broadcast } = reservedAddresses(prefix);
    const own = [
      ...(network ? [{ role: 'network', ip: network } as const] : []),
      ...(broadcast ? [{ role: 'broadcast', ip: broadcast } as const] : []),
      { role: 'gateway', ip: prefix.ip } as const,
    ].filter(({ role: as, ip }) => claimsFirst({ what: addressClaim({ name, tenant }, ip), role: as }, pointer));
    const text = formatPrefix(prefix);
    if (seen.has(text)) return;
    seen.add(text);
    out.put(draftSubnets, { interface: name, tenant, prefix, at, own });
    if (role === 'inner' && tenant !== undefined && !isLinkLocal(prefix.ip))
      out.put(insidePrefixes, { kind: 'interfaces', name, pointer, tenant, prefix });
    if (!isLinkLocal(prefix.ip)) out.put(subnetClaims, { kind: 'interfaces', name, tenant, prefix, on: name, pointer });
  });
}

function checkRemotes(remotes: readonly Ip[], vni: string | undefined, { report, isForMachines }: Speaker): void {
  if (remotes.length > 0 && vni === undefined)
    report('/remoteVteps', 'invalid', 'vni', 'only an interface on a VNI has remote VTEPs');
  const seen = new Set<string>();
  remotes.forEach((remote, i) => {
    const pointer = `/remoteVteps/${i}`;
    if (!isForMachines(remote, pointer)) return;
    const text = formatIp(remote);
    if (seen.has(text)) report(pointer, 'invalid', 'twice', 'this remote VTEP is listed twice');
    seen.add(text);
  });
}

/** A machine has a MAC address of its own, and is behind one VTEP. */
function checkMacs({ name, hosts }: InterfaceDocument, own: bigint, { report, claimsFirst }: Speaker): void {
  claimsFirst({ what: macClaim(name, own), role: 'gateway-mac' }, '/mac');
  const first = new Map<bigint, number>();
  hosts.forEach((host, i) => {
    const mac = parseMac(host.mac);
    const known = first.get(mac);
    const pointer = `/hosts/${i}/mac`;
    if (known === undefined) {
      first.set(mac, i);
      claimsFirst({ what: macClaim(name, mac), role: 'host-mac' }, pointer);
    } else if (hosts[known]?.vtep !== host.vtep)
      report(pointer, 'invalid', 'vteps', `${host.mac} is behind another VTEP as host ${known}`);
  });
}

interface Surroundings {
  readonly addresses: readonly Prefix[];
  readonly remoteVteps: readonly Ip[];
  readonly vni: string | undefined;
}

function putHosts(
  { name, tenant, hosts }: InterfaceDocument,
  { addresses, remoteVteps, vni }: Surroundings,
  { report, isForMachines, claim }: Speaker,
  out: Output,
): void {
  const seen = { hosts: new Set<string>(), machines: new Set<string>(), vteps: new Set<string>() };
  const isNew = (set: Set<string>, key: string) => set.size !== set.add(key).size;
  hosts.forEach((host, i) => {
    const mac = parseMac(host.mac);
    if (!isUnicast(mac)) report(`/hosts/${i}/mac`, 'invalid', 'unicast', `${host.mac} is not a unicast MAC address`);
    const ips = host.addresses.map((text, j) => {
      const ip = parseIp(text);
      const pointer = `/hosts/${i}/addresses/${j}`;
      if (isNew(seen.machines, formatIp(ip))) out.put(machines, { interface: name, ip });
      if (!isForMachines(ip, pointer)) return ip;
      if (!addresses.some(address => prefixContains(address, ip)))
        report(pointer, 'invalid', 'subnet', `${text} is outside the interface's subnets`);
      claim({ what: addressClaim({ name, tenant }, ip), role: 'host', on: name }, pointer);
      return ip;
    });
    const vtep = host.vtep === undefined ? undefined : parseIp(host.vtep);
    const row = { interface: name, mac, addresses: ips, vtep };
    if (isNew(seen.hosts, hostKey(row))) out.put(draftHosts, row);
    const pointer = `/hosts/${i}/vtep`;
    if (vtep && vni === undefined) report(pointer, 'invalid', 'vni', 'only a host on a VNI lives behind a VTEP');
    if (!vtep && vni !== undefined)
      report(pointer, 'invalid', 'absent', 'a host on a VNI needs the VTEP behind which it lives');
    if (!vtep || !isForMachines(vtep, pointer) || vni === undefined) return;
    const isAllowed = remoteVteps.length === 0 || remoteVteps.some(remote => sameIp(remote, vtep));
    if (isNew(seen.vteps, formatIp(vtep))) out.put(farVteps, { interface: name, vni, ip: vtep, isAllowed });
  });
}
