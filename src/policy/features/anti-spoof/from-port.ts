// A source that a port's machine sends from. A route may lead to the machine's own address: it is one flow then.

import type { Prefix } from '../../../lib/address.ts';
import type { MachineHere } from '../../facts/derived.ts';
import { registers } from '../../registers.ts';
import { flow, type PipelineFlow } from '../flow-unit.ts';
import { ownedByPort } from '../words/interfaces.ts';
import { inPrefix, registersAre } from '../words/match-and-action.ts';

export function fromPort(machine: MachineHere, source: Prefix): PipelineFlow {
  return flow({
    ...{ table: 'source', priority: 120, owner: ownedByPort(machine), next: 'l2_lookup' },
    match: [...registersAre([registers.arrivedBy, machine.index]), ...inPrefix('source', source)],
  });
}
