// An interface that comes to this node from another brings its gateway's MAC along: switches, hosts and VTEPs of the wire
// learn where it is now from an announcement, and not only when somebody behind it happens to send.

import { sameIp } from '../../lib/address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import { load } from '../../policy/flow-builder.ts';
import type { Intent, Interface } from '../../policy/model.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { gatewayAddresses } from '../../policy/stages/context.ts';
import { setTunnel } from '../../policy/stages/overlay.ts';
import { buildAnnouncement } from './announcement.ts';

export class Announcer {
  readonly #connection: SwitchConnection;
  readonly #logger: Logger;
  /** Of the interfaces that were here the last time, the ids. */
  #here: ReadonlySet<number> | undefined;

  constructor(connection: SwitchConnection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  /** To be called when the flows of `intent` are installed. What is here from the start is no news to anybody. */
  announce(intent: Intent): void {
    const legs = intent.interfaces.filter(iface => iface.answers);
    const known = this.#here;
    this.#here = new Set(legs.map(({ id }) => id));
    for (const iface of known ? legs.filter(({ id }) => !known.has(id)) : []) {
      for (const { ip, mac } of gatewayAddresses({ intent }, iface))
        for (const actions of waysOut(iface))
          this.#connection
            .packetOut({ inPort: reservedPorts.controller, data: buildAnnouncement(ip, mac), actions })
            .catch((error: unknown) => this.#logger.debug({ err: error, interface: iface.name }, 'not announced'));
    }
  }
}

/** The wire; on a VNI, each VTEP that is known behind it. */
function waysOut(iface: Interface): Action[][] {
  const out: Action[] = [load(registers.egressInterface, iface.index), { kind: 'resubmit', table: tables.retag }];
  if (iface.attachment.kind !== 'vni') return [out];
  const vteps = [...iface.remoteVteps, ...iface.hosts.flatMap(({ vtep }) => vtep ?? [])];
  const distinct = vteps.filter((vtep, i) => vteps.findIndex(earlier => sameIp(earlier, vtep)) === i);
  return distinct.map(vtep => [setTunnel('destination', vtep), ...out]);
}
