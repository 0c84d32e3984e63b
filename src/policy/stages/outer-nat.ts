// Table `outer_nat`: a packet from outside finds its tenant by address and port chunk, and is translated back in that
// tenant's zone. The connections of a chunk are at the node that has it: to another one the packet goes as it is.

import type { Action } from '../../openflow/flow/action.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { toPeer } from '../features/words/overlay.ts';
import { drop, flow, is, isAddress, load, miss, registersAre, set } from '../flow-builder.ts';
import type { NatChunk, Transit } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ingressVni } from '../transit.ts';
import { overlayPort, type Stage } from './context.ts';
import { unlessLeased } from './fence.ts';
import { outerSources, specialDestinations } from './martians.ts';
import { type NatProtocol, natProtocols, protocolNumber } from './nat-protocols.ts';

export const outerNat: Stage = context => {
  const overlay = overlayPort(context);
  return [
    ...unlessLeased(context, tables.outer_nat, 300),
    ...context.intent.natChunks.flatMap(chunk => {
      const { site, pool, tenant } = chunk;
      if (site.kind === 'here')
        return tenant.zone === undefined ? [] : flows(chunk, [], translateBack(tenant.id, tenant.zone));
      if (site.kind === 'nowhere' || overlay === undefined) return [];
      // What another node has sent here goes no further: one of the two knows an older state.
      const once = registersAre([registers.fromPeer, 0]);
      return flows(chunk, once, passOn(pool.interface.index, site.transit, overlay));
    }),
    // For nobody here in any case: the reason tells a martian from a stray packet.
    ...outerSources(context).map(match => drop(tables.outer_nat, 60, 'martian-source', match)),
    ...specialDestinations.map(match => drop(tables.outer_nat, 50, 'martian-destination', match)),
    miss(tables.outer_nat, 'unknown-outside-address'),
  ];
};

function flows(chunk: NatChunk, condition: Match, actions: readonly Action[]) {
  return natProtocols(chunk).map(protocol =>
    flow({
      table: tables.outer_nat,
      priority: 100,
      owner: { kind: 'tenants', id: chunk.tenant.id },
      match: [
        ...registersAre([registers.ingressInterface, chunk.pool.interface.index]),
        ...condition,
        ...isAddress('destination', { family: 4, value: chunk.address }),
        is('nw_proto', protocolNumber(protocol)),
        ...ports(chunk, protocol),
      ],
      actions,
    }),
  );
}

function translateBack(tenant: number, zone: number): Action[] {
  return [
    load(registers.tenant, tenant),
    load(registers.zone, zone),
    { kind: 'ct', zone: registers.zone, table: tables.outer_state, nat: {} },
  ];
}

/** The ingress port is cleared first: a reply that came by a VNI leaves by the same port. */
function passOn(interfaceIndex: number, transit: Transit, overlay: number): Action[] {
  return [...toPeer(ingressVni(interfaceIndex), transit), set('in_port', 0), { kind: 'output', port: overlay }];
}

function ports({ port, size }: NatChunk, protocol: NatProtocol): Match {
  return protocol === 'icmp' ? [] : [is(`${protocol}_dst`, port, 0x10000 - size)];
}
