// Table `interface`: port and tag, or VNI and VTEP, become an interface; the tag comes off (a tunnel came off in the
// datapath already). Registers: ingress interface, tenant, zone, direction.

import type { Action } from '../../openflow/flow/action.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { drop, flow, is, isTagged, isUntagged, load, miss } from '../flow-builder.ts';
import type { Interface, Vni } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromInner, fromOuter, registers } from '../registers.ts';
import { ownedBy, portOf, type Stage } from './context.ts';

export const interfaceLookup: Stage = context => [
  ...context.intent.interfaces.flatMap(iface => {
    const port = portOf(context, iface.attachment);
    return port === undefined ? [] : classify(iface, port);
  }),
  miss(tables.interface, 'unknown-interface'),
];

function classify(iface: Interface, port: number) {
  const { attachment } = iface;
  const found = (match: Match, actions: readonly Action[] = []) =>
    flow({
      table: tables.interface,
      priority: 100,
      owner: ownedBy(iface),
      match: [is('in_port', port), ...match],
      actions: [...actions, ...remember(iface)],
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
      const source = attachment.vni.vtep.address.ip.family === 4 ? 'tun_src' : 'tun_ipv6_src';
      return [
        ...iface.remoteVteps.map(remote => found([...segment, is(source, remote.value), isUntagged()])),
        drop(tables.interface, 90, 'unknown-remote-vtep', [is('in_port', port), ...segment]),
      ];
    }
  }
}

function tunnelMatch({ vni, vtep }: Vni): Match {
  const { ip } = vtep.address;
  return [is('tun_id', BigInt(vni)), is(ip.family === 4 ? 'tun_dst' : 'tun_ipv6_dst', ip.value)];
}

function remember(iface: Interface): Action[] {
  const from = iface.role === 'inner' ? fromInner : fromOuter;
  return [
    load(registers.ingressInterface, iface.index),
    load(registers.direction, from),
    ...(iface.tenant ? [load(registers.tenant, iface.tenant.id), load(registers.zone, iface.tenant.zone)] : []),
  ];
}
