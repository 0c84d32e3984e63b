// Last question: with which tag, in which tunnel, by which device does it leave?

import type { Ip } from '../../src/lib/address.ts';
import type { Frame } from '../../src/openflow/packet/frame.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { PortDocument } from '../../src/policy/kinds/ports.ts';
import { relayVnis } from './arrive.ts';
import { dropped, type Verdict } from './verdict.ts';
import { isOthersByNow, siteOfInterface, vniOf, vtepOf, type World } from './world.ts';

/** @param remote the VTEP to send to, on a VNI */
export function leaveByInterface(
  world: World,
  iface: InterfaceDocument,
  frame: Frame,
  remote: Ip | undefined,
): Verdict {
  const site = siteOfInterface(world, iface);
  switch (site.kind) {
    case 'nowhere':
      return dropped('no-egress');
    case 'peer':
      return relayed(world, 'to-egress', iface, site, frame);
    case 'here':
      break;
  }
  const { attachment } = iface;
  switch (attachment.type) {
    case 'vlan': {
      // The hosts of an inner VLAN know one gateway.
      if (iface.role === 'inner' && isOthersByNow(world, iface)) return dropped('fenced');
      const tag = { type: 0x8100, priority: 0, dropEligible: false, id: attachment.vlan } as const;
      return { kind: 'leaves', as: { device: attachment.port, frame: { ...frame, tags: [tag] } } };
    }
    case 'representor':
      return { kind: 'leaves', as: { device: attachment.port, frame } };
    case 'vni': {
      const vtep = vtepOf(world, iface);
      const vni = vniOf(world, iface);
      if (!vtep || !vni || !remote) return dropped('no-egress');
      const tunnel = { vni: vni.vni, source: vtep.address, destination: remote };
      return { kind: 'leaves', as: { device: vtep.port, tunnel, frame } };
    }
  }
}

/** In the interface's own VNI, to a machine at another node. */
export function leaveForPeer(world: World, iface: InterfaceDocument, frame: Frame, remote: Ip): Verdict {
  return world.isStopped ? dropped('fenced') : leaveByInterface(world, iface, frame, remote);
}

/** By the device of a machine that is here. */
export function leaveByPort({ devices }: World, { name }: PortDocument, frame: Frame): Verdict {
  const device = devices.get(name);
  return device === undefined ? dropped('no-egress') : { kind: 'leaves', as: { device, frame } };
}

/** Over to another node, which does the second half of the work. */
export function relayed(
  world: World,
  half: keyof typeof relayVnis,
  { name }: InterfaceDocument,
  { local, remote }: { readonly local: Ip; readonly remote: Ip },
  frame: Frame,
): Verdict {
  if (world.isStopped) return dropped('fenced');
  const vni = relayVnis[half] + (world.indexes.get(`interfaces/${name}`) ?? 0);
  const port = world.vteps.find(({ address }) => address.value === local.value)?.port ?? '';
  return { kind: 'leaves', as: { device: port, tunnel: { vni, source: local, destination: remote }, frame } };
}
