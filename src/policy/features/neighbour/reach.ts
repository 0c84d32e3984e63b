// Table `neighbour`: next hop → MAC addresses, and the way there. The TTL goes down here, once.

import type { Ip } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/actions/all.ts';
import type { CookieParts } from '../../cookies.ts';
import type { Leg } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flow, type PipelineFlow } from '../flow-unit.ts';
import { ethType, registersAre, set } from '../words/match-and-action.ts';

export interface Neighbour {
  readonly leg: Pick<Leg, 'index'>;
  readonly ip: Ip;
  /** Of the frame. */
  readonly source: bigint;
  readonly destination: bigint;
  readonly owner: CookieParts;
  readonly way: readonly Action[];
}

export function reach({ leg, ip, source, destination, owner, way }: Neighbour): PipelineFlow {
  const nextHop = ip.family === 4 ? registers.nextHop4 : registers.nextHop6;
  return flow({
    ...{ table: 'neighbour', priority: 100, owner, next: 'retag' },
    match: [...registersAre([registers.egressInterface, leg.index], [nextHop, ip.value]), ethType(ip.family)],
    actions: [set('eth_src', source), set('eth_dst', destination), { kind: 'dec_ttl' }, ...way],
  });
}
