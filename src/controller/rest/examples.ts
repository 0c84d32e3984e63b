// One document of each kind, for the OpenAPI document: put in the order of the kinds, they make a working intent on the
// node of configs/lab.yaml.

import type { z } from 'zod';
import type { documentSchemas } from '../../policy/documents.ts';
import type { Kind } from '../../policy/kinds/names.ts';

/** Several, where one alone would leave the next kind nothing to refer to. */
export const examples: { readonly [K in Kind]: readonly z.input<(typeof documentSchemas)[K]>[] } = {
  tenants: [{ name: 'red', labels: { env: 'prod', 'example.com/team': 'web' }, description: 'The web shop' }],
  vnis: [{ name: 'red-web', tenant: 'red', vni: 5001, vtep: 'evpn' }],
  interfaces: [
    {
      name: 'web',
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vni', vni: 'red-web' },
      mac: '02:70:6d:00:21:01',
      addresses: ['10.2.0.1/24', 'fd00:2::1/64'],
      hosts: [{ mac: '02:00:00:00:21:10', addresses: ['10.2.0.10', 'fd00:2::10'], vtep: '192.0.2.11' }],
      remoteVteps: ['192.0.2.11'],
    },
    {
      name: 'outside',
      role: 'outer',
      attachment: { type: 'vlan', port: 'p0', vlan: 30 },
      mac: '02:70:6d:00:30:01',
      addresses: ['198.51.100.1/24'],
      hosts: [{ mac: '02:00:00:00:30:fe', addresses: ['198.51.100.254'] }],
    },
  ],
  ports: [{ name: 'web-7', interface: 'web', mac: '02:00:00:00:21:07', addresses: ['10.2.0.7'] }],
  routes: [
    { name: 'red-default', tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' },
  ],
  'nat-pools': [{ name: 'internet', interface: 'outside', addresses: ['203.0.113.10'] }],
  'nat-rules': [
    { name: 'red-out', labels: { env: 'prod' }, tenant: 'red', source: '10.0.0.0/8', pool: 'internet' },
    {
      ...{ name: 'red-dns', tenant: 'red', source: '10.0.0.0/8', pool: 'internet' },
      ...{ destinations: ['198.51.100.0/24'], except: ['198.51.100.64/26'], protocol: 'udp' },
      ports: { min: 53, max: 53 },
    },
  ],
  'static-nats': [
    { name: 'red-web', tenant: 'red', interface: 'outside', inside: '10.2.0.10', outside: '203.0.113.20' },
  ],
  'port-forwards': [
    {
      ...{ name: 'red-https', tenant: 'red', interface: 'outside', outside: '203.0.113.30', protocol: 'tcp' },
      ...{ ports: { min: 443, max: 443 }, inside: '10.2.0.30', insidePort: 8443 },
    },
  ],
};
