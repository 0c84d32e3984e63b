// Table `translated`: only with a source that is the tenant's now, on the interface of its pool, does a packet leave. A
// connection that an earlier policy translated ends here at once, before its entry is found and flushed.

import type { Match } from '../../openflow/flow/match.ts';
import { flow, is, isAddress, miss, registersAre } from '../flow-builder.ts';
import type { NatChunk } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import type { Stage } from './context.ts';
import { natProtocols, protocolNumber } from './nat-protocols.ts';

export const translated: Stage = context => [
  ...context.intent.natChunks.filter(({ site }) => site.kind === 'here').flatMap(leaves),
  miss(tables.translated, 'not-translated'),
];

function leaves(chunk: NatChunk) {
  const { port, size } = chunk;
  const ports = natProtocols(chunk).map((protocol): Match => {
    const number = is('nw_proto', protocolNumber(protocol));
    return protocol === 'icmp' ? [number] : [number, is(`${protocol}_src`, port, 0x10000 - size)];
  });
  // Connection tracking has put a fragment together to translate it, but its ports are not seen.
  return [...ports, [is('ip_frag', 1, 1)]].map(match =>
    flow({
      table: tables.translated,
      priority: 100,
      owner: { kind: 'tenants', id: chunk.tenant.id },
      match: [
        ...registersAre([registers.egressInterface, chunk.pool.interface.index], [registers.tenant, chunk.tenant.id]),
        ...isAddress('source', { family: 4, value: chunk.address }),
        ...match,
      ],
      next: tables.neighbour,
    }),
  );
}
