// The MAC addresses of interfaces, for the many that a rate or a binding does not concern.

import { unit } from '../../engine/unit.ts';
import { gatewayMacs, senderMacs } from '../../facts/derived.ts';
import { gateways, interfaceSites } from '../../facts/objects.ts';
import { macOf, macOfReads } from '../words/interfaces.ts';

export const findGatewayMacs = unit({
  name: 'wire/gateway-macs',
  over: gateways,
  reads: [],
  writes: [gatewayMacs],
  emit: ({ interface: name, mac }, _, out) => out.put(gatewayMacs, { interface: name, mac }),
});

export const findSenderMacs = unit({
  name: 'wire/sender-macs',
  over: interfaceSites,
  reads: macOfReads,
  writes: [senderMacs],
  emit: ({ interface: name, site }, facts, out) => {
    const mac = site.kind === 'nowhere' ? undefined : macOf(facts, name);
    if (mac !== undefined) out.put(senderMacs, { interface: name, mac });
  },
});
