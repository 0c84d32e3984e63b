// What others ask for: whom a tenant reaches by it, that it is translating, that nobody else sends from the outside address, and
// who answers for that: the node that its interface is bound to, and no other.

import { groupUnit, type Unit, unit } from '../../engine/unit.ts';
import { forwardingTenants, reaches, senderMacs, translatingTenants } from '../../facts/derived.ts';
import { interfaceSites, portForwards } from '../../facts/objects.ts';
import { answered } from '../answer/answered.ts';
import { outerAddresses } from '../anti-spoof/outer-addresses.ts';
import { forwardsHere } from './forwards-here.ts';

const whatFollows = unit({
  name: 'port-forward/what-follows',
  over: portForwards,
  reads: [],
  writes: [reaches, translatingTenants, outerAddresses],
  emit: ({ tenant, interface: outer, outside: ip }, _, out) => {
    out.put(reaches, { tenant, interface: outer });
    out.put(translatingTenants, { tenant, by: 'connection' });
    out.put(outerAddresses, { interface: outer, ip });
  },
});

const whoForwards = unit({
  name: 'port-forward/who-forwards',
  over: forwardsHere,
  reads: [],
  writes: [forwardingTenants],
  emit: ({ tenant }, _, out) => out.put(forwardingTenants, { tenant }),
});

/** Of several forwards of one address the first stands for all. */
const answerForForwards = groupUnit({
  name: 'port-forward/answered',
  over: portForwards,
  group: 'address',
  reads: [interfaceSites, senderMacs],
  writes: [answered],
  emit: ([first], facts, out) => {
    if (!first) return;
    const { id, interface: outer, outside: ip } = first;
    const sender = facts.get(senderMacs, outer);
    if (!sender || !facts.get(interfaceSites, outer)?.answers) return;
    out.put(answered, {
      ...{ interface: outer, ip, mac: sender.mac, owner: { kind: 'port-forwards', id }, asker: 'anyone' },
    });
  },
});

export const portForwardFacts: readonly Unit[] = [whatFollows, whoForwards, answerForForwards];
