// Table `interface`: port and tag, or VNI and VTEP, become an interface; the tag comes off (a tunnel came off in the
// datapath already). Registers: ingress interface, tenant, zone, direction, and what an answer goes back by.

import type { Action } from '../../openflow/flow/action.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { tunnelIs } from '../features/words/overlay.ts';
import { drop, flow, is, isTagged, isUntagged, load, miss, registersAre } from '../flow-builder.ts';
import type { Interface, Vni } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromInner, fromOuter, registers } from '../registers.ts';
import { egressVni, ingressVni } from '../transit.ts';
import {
  legsHere,
  overlayPort,
  ownedBy,
  ownedByPort,
  type PortHere,
  portOf,
  portsHere,
  type Stage,
  type StageContext,
} from './context.ts';
import { unlessLeased } from './fence.ts';

export const interfaceLookup: Stage = context => [
  ...unlessLeased(context, tables.interface, 200, [[registers.fromPeer, 1]]),
  ...legsHere(context).flatMap(iface => {
    const port = portOf(context, iface);
    return port === undefined ? [] : classify(context, iface, port);
  }),
  ...portsHere(context).flatMap(classifyPort),
  ...betweenNodes(context),
  miss(tables.interface, 'unknown-interface'),
];

const fromPeer = registersAre([registers.fromPeer, 1]);

function classify({ intent }: StageContext, iface: Interface, port: number) {
  const { attachment } = iface;
  const found = (match: Match, actions: readonly Action[] = []) =>
    flow({
      table: tables.interface,
      priority: 100,
      owner: ownedBy(iface),
      match: [is('in_port', port), ...match],
      actions: [...actions, ...remember(iface, iface.index)],
      next: tables.rate,
    });
  switch (attachment.kind) {
    case 'vlan':
      return [found([isTagged(attachment.vlan)], [{ kind: 'pop_vlan' }])];
    case 'representor':
      return [found([isUntagged()])];
    case 'vni': {
      const segment = tunnelMatch(attachment.vni);
      if (iface.remoteVteps.length === 0) return [found([...segment, isUntagged()])];
      return [
        ...iface.remoteVteps.map(remote => found([...segment, tunnelIs('source', remote), isUntagged()])),
        ...(intent.peers.length > 0 ? [found([...segment, ...fromPeer, isUntagged()])] : []),
        drop(tables.interface, 90, 'unknown-remote-vtep', [is('in_port', port), ...segment, isUntagged()]),
      ];
    }
  }
}

function tunnelMatch({ vni, vtep }: Vni): Match {
  return [is('tun_id', BigInt(vni)), ...(vtep ? [tunnelIs('destination', vtep.address.ip)] : [])];
}

/** A port sends with the MAC address of its machine, and no other. */
function classifyPort({ port, ofport }: PortHere) {
  return [
    flow({
      table: tables.interface,
      priority: 110,
      owner: ownedByPort(port),
      match: [is('in_port', ofport), is('eth_src', port.mac), isUntagged()],
      actions: [...remember(port.interface, port.index), load(registers.fromPort, 1)],
      next: tables.rate,
    }),
    drop(tables.interface, 90, 'not-the-ports-own', [is('in_port', ofport)]),
  ];
}

/** What other nodes pass on: to leave by an interface that is here, or to be translated by a chunk that is here. */
function betweenNodes(context: StageContext) {
  const { intent } = context;
  const overlay = overlayPort(context);
  if (overlay === undefined || intent.peers.length === 0) return [];
  const inVni = (vni: number): Match => [is('in_port', overlay), is('tun_id', BigInt(vni)), ...fromPeer];
  const common = { table: tables.interface, priority: 100 };
  return [
    ...legsHere(context)
      .filter(({ attachment }) => attachment.kind !== 'vni')
      .map(iface =>
        flow({
          ...common,
          owner: ownedBy(iface),
          match: inVni(egressVni(iface.index)),
          actions: [load(registers.egressInterface, iface.index)],
          next: tables.retag,
        }),
      ),
    ...intent.interfaces
      .filter(({ role }) => role === 'outer')
      .map(iface =>
        flow({
          ...common,
          owner: ownedBy(iface),
          match: inVni(ingressVni(iface.index)),
          actions: remember(iface, iface.index),
          next: tables.outer_nat,
        }),
      ),
  ];
}

function remember(iface: Interface, arrivedBy: number): Action[] {
  const from = iface.role === 'inner' ? fromInner : fromOuter;
  return [
    load(registers.ingressInterface, iface.index),
    load(registers.arrivedBy, arrivedBy),
    load(registers.direction, from),
    ...(iface.tenant ? [load(registers.tenant, iface.tenant.id)] : []),
    ...(iface.tenant?.zone === undefined ? [] : [load(registers.zone, iface.tenant.zone)]),
  ];
}
