// A port forward in the tables of its way. From outside `outer_nat` finds the tenant by the address and ports, and connection
// tracking what is known. What is new comes by `outer_state`, where its source was asked for, to `dnat`, which commits its
// translation; where that cannot be had, `dnat_state` has the packet as it was. What the host answers is sent through the
// zone by `inner_nat`, whatever the rules say of its source, and leaves `translated` by the forward's address. What it begins itself
// from the same port is new there, and falls under the rules.

import type { CtNat } from '../../../openflow/actions/nat.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import type { CookieParts } from '../../cookies.ts';
import type { Facts, Unit } from '../../engine/unit.ts';
import { forwardingTenants } from '../../facts/derived.ts';
import { type Leg, legs, type PortForward, portForwards, type Tenant, tenants } from '../../facts/objects.ts';
import { type PortBlock, type Ports, portBlocks } from '../../nat/selection.ts';
import { tables } from '../../pipeline.ts';
import { fromInner, registers } from '../../registers.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { forwardMark, isForwarded, isInvalid } from '../nat/ct-state.ts';
import { protocolNumber } from '../nat/nat-protocols.ts';
import { is, isAddress, load, registersAre } from '../words/match-and-action.ts';
import { type ForwardHere, forwardsHere } from './forwards-here.ts';

/** In `inner_nat` above those of all rules. */
const beforeRules = 140;

const byForward = flowUnit({
  name: 'port-forward/forward',
  over: forwardsHere,
  reads: [portForwards, tenants, legs],
  flows: (here, facts) => {
    const ends = endsOf(here, facts);
    if (!ends) return [];
    return [...comesIn(ends), ...begins(ends), ...answers(ends), ...leaves(ends)];
  },
});

/** The same whosever it is: nothing of it where no tenant has any. */
const whatBegan = flowUnit({
  name: 'port-forward/what-began',
  over: forwardingTenants,
  reads: [],
  flows: () => [
    // A second packet before the first answer.
    flow({ table: 'outer_state', priority: 80, match: isForwarded(), next: 'route' }),
    drop('dnat_state', 110, 'invalid', [isInvalid()]),
    flow({ table: 'dnat_state', priority: 100, match: isForwarded(), next: 'route' }),
  ],
});

export const forwardPorts: readonly Unit[] = [byForward, whatBegan];

interface Ends {
  readonly of: PortForward;
  readonly outer: Leg;
  readonly tenant: Tenant;
  readonly zone: number;
  readonly owner: CookieParts;
  /** Of what several forwards have alike. */
  readonly shared: CookieParts;
}

function endsOf({ forward }: ForwardHere, facts: Facts): Ends | undefined {
  const of = facts.get(portForwards, forward);
  const tenant = of && facts.get(tenants, of.tenant);
  const outer = of && facts.get(legs, of.interface);
  if (tenant?.zone === undefined || !outer) return undefined;
  const owner = { kind: 'port-forwards', id: of.id } as const;
  return { of, outer, tenant, zone: tenant.zone, owner, shared: { kind: 'tenants', id: tenant.id } };
}

/** Errors about its connections show no port: an address is of one tenant. */
function comesIn({ of, outer, tenant, zone, owner, shared }: Ends): PipelineFlow[] {
  const actions = [
    load(registers.tenant, tenant.id),
    load(registers.zone, zone),
    { kind: 'ct', zone: registers.zone, table: tables.outer_state, nat: {} } as const,
  ];
  const to = [...registersAre([registers.ingressInterface, outer.index]), ...isAddress('destination', of.outside)];
  return [
    ...portBlocks(of.ports).map(block =>
      flow({
        ...{ table: 'outer_nat', priority: 100, owner, actions },
        match: [...to, ...portsAre(of, block, 'dst')],
      }),
    ),
    flow({ table: 'outer_nat', priority: 100, owner: shared, actions, match: [...to, isIcmp] }),
  ];
}

/** Where ports are others inside, each has a translation of its own: a range would be chosen from. */
function begins({ of, outer, tenant, owner }: Ends): PipelineFlow[] {
  const { ports, inside, insidePort } = of;
  const address = inside.family === 4 ? ({ family: 4, min: inside.value } as const) : undefined;
  const commit = (block: PortBlock, nat: CtNat): PipelineFlow =>
    flow({
      ...{ table: 'dnat', priority: 100, owner },
      match: [
        ...registersAre([registers.ingressInterface, outer.index], [registers.tenant, tenant.id]),
        ...isAddress('destination', of.outside),
        ...portsAre(of, block, 'dst'),
      ],
      actions: [{ kind: 'ct', commit: true, zone: registers.zone, table: tables.dnat_state, nat, exec: [forwardMark] }],
    });
  if (!address) return [];
  if (insidePort === ports.min) return portBlocks(ports).map(block => commit(block, { direction: 'dst', address }));
  return Array.from({ length: ports.max - ports.min + 1 }, (_, i) =>
    commit(
      { port: ports.min + i, mask: 0xffff },
      { direction: 'dst', address, port: { min: insidePort + i, max: insidePort + i } },
    ),
  );
}

/** Two forwards may lead to one port. Pieces show none; errors are ICMP. */
function answers({ of, outer, tenant, shared }: Ends): PipelineFlow[] {
  const from = [
    ...registersAre(
      [registers.egressInterface, outer.index],
      [registers.tenant, tenant.id],
      [registers.direction, fromInner],
    ),
    ...isAddress('source', of.inside),
  ];
  const inside: Ports = { min: of.insidePort, max: of.insidePort + of.ports.max - of.ports.min };
  const some = [
    ...portBlocks(inside).map(block => portsAre(of, block, 'src')),
    [is('nw_proto', protocolNumber(of.protocol)), is('ip_frag', 1, 1)],
    [isIcmp],
  ];
  return some.map(match =>
    flow({
      ...{ table: 'inner_nat', priority: beforeRules, owner: shared, match: [...from, ...match] },
      actions: [{ kind: 'ct', zone: registers.zone, table: tables.inner_state, nat: {} }],
    }),
  );
}

function leaves({ of, outer, tenant, owner, shared }: Ends): PipelineFlow[] {
  const from = [
    ...registersAre([registers.egressInterface, outer.index], [registers.tenant, tenant.id]),
    ...isAddress('source', of.outside),
  ];
  const leave = (match: Match, by: CookieParts): PipelineFlow =>
    flow({ table: 'translated', priority: 100, owner: by, match: [...from, ...match], next: 'neighbour' });
  return [
    ...portBlocks(of.ports).map(block => leave(portsAre(of, block, 'src'), owner)),
    ...[[isIcmp], [is('ip_frag', 1, 1)]].map(match => leave(match, shared)),
  ];
}

const isIcmp = is('nw_proto', protocolNumber('icmp'));

function portsAre({ protocol }: PortForward, { port, mask }: PortBlock, end: 'src' | 'dst'): Match {
  return [is('nw_proto', protocolNumber(protocol)), is(`${protocol}_${end}`, port, mask)];
}
