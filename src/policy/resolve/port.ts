// A port: which segment it is on, which addresses are its machine's.

import { formatIp, parseIp, parseMac, prefixContains } from '../../lib/address.ts';
import type { PortDocument } from '../documents.ts';
import type { Interface, Port } from '../model.ts';
import { claimAddress, claimMac, isForMachines } from './addresses.ts';
import { isUnicast } from './interface.ts';
import { need, type Resolver, type Subject } from './resolver.ts';
import { siteOfPort } from './site.ts';

export function resolvePort(
  resolver: Resolver,
  interfaces: ReadonlyMap<string, Interface>,
  document: PortDocument,
  subject: Subject,
): Port | undefined {
  const { name, id, report } = subject;
  const iface = need(resolver, 'interfaces', interfaces, document.interface, '/interface', subject);
  const mac = parseMac(document.mac);
  if (!isUnicast(mac)) report('/mac', 'invalid', `${document.mac} is not a unicast MAC address`);
  if (!iface) return undefined;
  if (iface.role !== 'inner' || iface.attachment.kind !== 'vni') {
    report('/interface', 'invalid', `interface ${iface.name} is not an inner one on a VNI`);
    return undefined;
  }
  const on = { name: iface.name, tenant: iface.tenant?.name };
  claimMac(resolver, subject, on, document.mac, 'machine-mac', '/mac');
  const addresses = document.addresses.map(parseIp);
  addresses.forEach((ip, i) => {
    const pointer = `/addresses/${i}`;
    if (!isForMachines(subject, ip, pointer)) return;
    if (!iface.addresses.some(address => prefixContains(address, ip)))
      report(pointer, 'invalid', `${formatIp(ip)} is outside the subnets of interface ${iface.name}`);
    claimAddress(resolver, subject, on, ip, 'machine', pointer);
  });
  const index = resolver.allocations.indexes.get(`ports/${name}`) ?? 0;
  const site = siteOfPort(resolver, name, iface.attachment.vni);
  return { name, id, index, interface: iface, mac, addresses, site };
}
