// A chunk of a pool at this node or another, in the two tables that know it by its address and ports. In `outer_nat` a
// packet from outside finds its tenant, and is translated back in that tenant's zone; the connections of a chunk are at
// the node that has it, and to another one the packet goes as it is. From `translated` a packet leaves only with a source
// that is the tenant's now, on the interface of its pool: a connection that an earlier policy translated ends here at
// once, before its entry is found and flushed.

import type { Action } from '../../../openflow/actions/all.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import { type Leg, legs, type NatChunk, natChunks, natPools, type Tenant, tenants } from '../../facts/objects.ts';
import type { NatProtocol } from '../../nat/selection.ts';
import { tables } from '../../pipeline.ts';
import { registers } from '../../registers.ts';
import type { Transit } from '../../transit.ts';
import { ingressVni } from '../../transit.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { overlayPort, overlayPortReads } from '../words/interfaces.ts';
import { is, isAddress, load, registersAre, set } from '../words/match-and-action.ts';
import { toPeer } from '../words/overlay.ts';
import { natProtocols, protocolNumber } from './nat-protocols.ts';

export const chunkUse = flowUnit({
  name: 'nat/chunk',
  over: natChunks,
  reads: [tenants, natPools, legs, ...overlayPortReads],
  flows: (chunk, facts) => {
    const tenant = facts.get(tenants, chunk.tenant);
    const outer = facts.get(legs, facts.get(natPools, chunk.pool)?.interface ?? '');
    const { site } = chunk;
    if (!tenant || !outer || site.kind === 'nowhere') return [];
    if (site.kind === 'here') return [...comesBack(chunk, tenant, outer), ...departures(chunk, tenant, outer)];
    const overlay = overlayPort(facts);
    if (overlay === undefined) return [];
    // What another node has sent here goes no further: one of the two knows an older state.
    const once = registersAre([registers.fromPeer, 0]);
    return arrivals(chunk, tenant, outer, once, passOn(outer, site.transit, overlay));
  },
});

function comesBack(chunk: NatChunk, tenant: Tenant, outer: Leg) {
  if (tenant.zone === undefined) return [];
  return arrivals(
    chunk,
    tenant,
    outer,
    [],
    [
      load(registers.tenant, tenant.id),
      load(registers.zone, tenant.zone),
      { kind: 'ct', zone: registers.zone, table: tables.outer_state, nat: {} },
    ],
  );
}

function arrivals(chunk: NatChunk, tenant: Tenant, outer: Leg, condition: Match, actions: readonly Action[]) {
  return natProtocols(chunk).map(protocol =>
    flow({
      table: 'outer_nat',
      priority: 100,
      owner: { kind: 'tenants', id: tenant.id },
      match: [
        ...registersAre([registers.ingressInterface, outer.index]),
        ...condition,
        ...isAddress('destination', { family: 4, value: chunk.address }),
        ...portsOf(chunk, protocol, 'dst'),
      ],
      actions,
    }),
  );
}

/** The ingress port is cleared first: a reply that came by a VNI leaves by the same port. */
function passOn({ index }: Leg, transit: Transit, overlay: number): Action[] {
  return [...toPeer(ingressVni(index), transit), set('in_port', 0), { kind: 'output', port: overlay }];
}

function departures(chunk: NatChunk, tenant: Tenant, outer: Leg) {
  const known = natProtocols(chunk).map(protocol => portsOf(chunk, protocol, 'src'));
  // Connection tracking has put a fragment together to translate it, but its ports are not seen.
  return [...known, [is('ip_frag', 1, 1)]].map(match =>
    flow({
      table: 'translated',
      priority: 100,
      owner: { kind: 'tenants', id: tenant.id },
      match: [
        ...registersAre([registers.egressInterface, outer.index], [registers.tenant, tenant.id]),
        ...isAddress('source', { family: 4, value: chunk.address }),
        ...match,
      ],
      next: 'neighbour',
    }),
  );
}

function portsOf({ port, size }: NatChunk, protocol: NatProtocol, end: 'src' | 'dst'): Match {
  const number = is('nw_proto', protocolNumber(protocol));
  return protocol === 'icmp' ? [number] : [number, is(`${protocol}_${end}`, port, 0x10000 - size)];
}
