// A port: which segment it is on, which addresses are its machine's.

import { formatIp, parseIp, parseMac, prefixContains, sameIp } from '../../lib/address.ts';
import type { PortDocument } from '../documents.ts';
import type { Interface, Port } from '../model.ts';
import { isUnicast } from './interface.ts';
import { claim, need, type Report, type Resolver } from './resolver.ts';
import { siteOfPort } from './site.ts';

export function resolvePort(
  resolver: Resolver,
  interfaces: ReadonlyMap<string, Interface>,
  document: PortDocument,
  id: number,
  report: Report,
): Port | undefined {
  const { name } = document;
  const iface = need(resolver, 'interfaces', interfaces, document.interface, '/interface', report);
  const mac = parseMac(document.mac);
  if (!isUnicast(mac)) report('/mac', 'invalid', `${document.mac} is not a unicast MAC address`);
  if (!iface) return undefined;
  if (iface.role !== 'inner' || iface.attachment.kind !== 'vni') {
    report('/interface', 'invalid', `interface ${iface.name} is not an inner one on a VNI`);
    return undefined;
  }
  if (mac === iface.mac) report('/mac', 'conflict', `${document.mac} is the gateway's own MAC address`);
  const onSegment = (what: string) => [`${iface.name} ${what}`];
  claim(resolver, name, onSegment(`mac ${mac}`), `${document.mac} on interface ${iface.name}`, '/mac', report);
  const addresses = document.addresses.map(parseIp);
  addresses.forEach((ip, i) => {
    const pointer = `/addresses/${i}`;
    const text = formatIp(ip);
    if (!iface.addresses.some(address => prefixContains(address, ip)))
      report(pointer, 'invalid', `${text} is outside the subnets of interface ${iface.name}`);
    if (iface.addresses.some(address => sameIp(address.ip, ip)))
      report(pointer, 'conflict', `${text} is the gateway's own address`);
    if (iface.hosts.some(host => host.addresses.some(taken => sameIp(taken, ip))))
      report(pointer, 'conflict', `${text} is the address of a host of interface ${iface.name}`);
    claim(resolver, name, onSegment(`ip ${text}`), `${text} on interface ${iface.name}`, pointer, report);
  });
  const index = resolver.allocations.indexes.get(`ports/${name}`) ?? 0;
  const site = siteOfPort(resolver, name, iface.attachment.vni);
  return { name, id, index, interface: iface, mac, addresses, site };
}
