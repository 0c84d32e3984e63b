// What others ask for: whom a tenant reaches by it, that nobody else sends from the outside address, and who answers for it: the
// node that its interface is bound to, and no other.

import { type Unit, unit } from '../../engine/unit.ts';
import { reaches, senderMacs, translatingTenants } from '../../facts/derived.ts';
import { interfaceSites, staticNats } from '../../facts/objects.ts';
import { answered } from '../answer/answered.ts';
import { outerAddresses } from '../anti-spoof/outer-addresses.ts';

const whatFollows = unit({
  name: 'static-nat/what-follows',
  over: staticNats,
  reads: [],
  writes: [reaches, translatingTenants, outerAddresses],
  emit: ({ tenant, interface: outer, outside: ip }, _, out) => {
    out.put(reaches, { tenant, interface: outer });
    out.put(translatingTenants, { tenant, by: 'address' });
    out.put(outerAddresses, { interface: outer, ip });
  },
});

const answerForStatic = unit({
  name: 'static-nat/answered',
  over: staticNats,
  reads: [interfaceSites, senderMacs],
  writes: [answered],
  emit: ({ id, interface: outer, outside: ip }, facts, out) => {
    const sender = facts.get(senderMacs, outer);
    if (!sender || !facts.get(interfaceSites, outer)?.answers) return;
    out.put(answered, {
      ...{ interface: outer, ip, mac: sender.mac, owner: { kind: 'static-nats', id }, asker: 'anyone' },
    });
  },
});

export const staticNatFacts: readonly Unit[] = [whatFollows, answerForStatic];
