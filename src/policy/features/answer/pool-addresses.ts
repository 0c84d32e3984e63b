// Addresses that packets leave with, at the node to which the answers to them are to come. The gateway's own may be in a pool:
// the gateway answers for it then.

import { unit } from '../../engine/unit.ts';
import { senderMacs } from '../../facts/derived.ts';
import { addressAt, natPools, poolAddresses, subnets } from '../../facts/objects.ts';
import { answered } from './answered.ts';

export const answerForPools = unit({
  name: 'answer/pool-addresses',
  over: poolAddresses,
  reads: [subnets, natPools, senderMacs],
  writes: [answered],
  emit: ({ pool: name, interface: outer, ip, answered: isAnswered }, facts, out) => {
    if (!isAnswered || facts.by(subnets, 'address', addressAt(outer, ip)).length > 0) return;
    const pool = facts.get(natPools, name);
    const sender = facts.get(senderMacs, outer);
    if (!pool || !sender) return;
    const owner = { kind: 'nat-pools', id: pool.id } as const;
    out.put(answered, { interface: outer, ip, mac: sender.mac, owner, asker: 'anyone' });
  },
});
