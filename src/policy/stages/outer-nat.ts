// Table `outer_nat`: a packet from outside finds its tenant by address and port chunk, and is translated back in that
// tenant's zone.

import type { Match } from '../../openflow/flow/match.ts';
import { flow, is, isAddress, load, miss, registersAre } from '../flow-builder.ts';
import type { NatChunk } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import type { Stage } from './context.ts';
import { natProtocols, protocolNumber } from './nat-protocols.ts';

export const outerNat: Stage = ({ intent }) => [
  ...intent.natChunks.flatMap(chunk =>
    natProtocols(chunk).map(protocol =>
      flow({
        table: tables.outer_nat,
        priority: 100,
        owner: { kind: 'tenants', id: chunk.tenant.id },
        match: [
          ...registersAre([registers.ingressInterface, chunk.pool.interface.index]),
          ...isAddress('destination', { family: 4, value: chunk.address }),
          is('nw_proto', protocolNumber(protocol)),
          ...ports(chunk, protocol),
        ],
        actions: [
          load(registers.tenant, chunk.tenant.id),
          load(registers.zone, chunk.tenant.zone),
          { kind: 'ct', zone: registers.zone, table: tables.outer_state, nat: {} },
        ],
      }),
    ),
  ),
  miss(tables.outer_nat, 'unknown-outside-address'),
];

function ports({ port, size }: NatChunk, protocol: 'tcp' | 'udp' | 'icmp'): Match {
  return protocol === 'icmp' ? [] : [is(`${protocol}_dst`, port, 0x10000 - size)];
}
