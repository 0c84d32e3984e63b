// An address that comes to this node from another: switches, hosts and VTEPs of the wire learn where it is now from an
// announcement, and not only when somebody behind it happens to send.

import { distinctIps, formatIp } from '../../lib/address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import { lookAtFence } from '../../policy/features/fence/lease.ts';
import { setTunnel } from '../../policy/features/words/overlay.ts';
import { load } from '../../policy/flow-builder.ts';
import type { Intent, Interface } from '../../policy/model.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { gatewayAddresses, legsHere } from '../../policy/stages/context.ts';
import { buildAnnouncement } from './announcement.ts';

export class Announcer {
  readonly #connection: SwitchConnection;
  readonly #ownMac: bigint;
  readonly #logger: Logger;
  /** What this node answered for the last time. */
  #known: ReadonlySet<string> | undefined;

  /** @param ownMac of this node, as the flows have it */
  constructor(connection: SwitchConnection, ownMac: bigint, logger: Logger) {
    this.#connection = connection;
    this.#ownMac = ownMac;
    this.#logger = logger;
  }

  /** To be called when the flows of `intent` are installed. What is here from the start is no news to anybody. */
  announce(intent: Intent): void {
    const answered = legsHere({ intent }).flatMap(iface =>
      gatewayAddresses({ intent, ownMac: this.#ownMac }, iface)
        .filter(({ asker }) => asker === 'anyone')
        .map(({ ip, mac }) => ({ iface, ip, mac, key: `${iface.id} ${formatIp(ip)} ${mac}` })),
    );
    const known = this.#known;
    this.#known = new Set(answered.map(({ key }) => key));
    for (const { iface, ip, mac } of known ? answered.filter(({ key }) => !known.has(key)) : [])
      for (const actions of waysOut(iface))
        this.#connection
          .packetOut({ inPort: reservedPorts.controller, data: buildAnnouncement(ip, mac), actions })
          .catch((error: unknown) => this.#logger.debug({ err: error, interface: iface.name }, 'not announced'));
  }
}

/** The wire; on a VNI, each VTEP that is known behind it. */
function waysOut(iface: Interface): Action[][] {
  const out: Action[] = [
    lookAtFence,
    load(registers.egressInterface, iface.index),
    { kind: 'resubmit', table: tables.retag },
  ];
  if (iface.attachment.kind !== 'vni') return [out];
  const vteps = distinctIps([...iface.remoteVteps, ...iface.hosts.flatMap(({ vtep }) => vtep ?? [])]);
  return vteps.map(vtep => [...setTunnel('destination', vtep), ...out]);
}
