// An interface that comes to this node from another brings its gateway's MAC along: switches and hosts of the wire learn
// where it is now from an announcement, and not only when somebody behind it happens to send.

import type { Logger } from '../../lib/logger.ts';
import type { Action, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import { load } from '../../policy/flow-builder.ts';
import type { Intent } from '../../policy/model.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { gatewayAddresses } from '../../policy/stages/context.ts';
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
    const legs = intent.interfaces.filter(iface => iface.answers && iface.attachment.kind !== 'vni');
    const known = this.#here;
    this.#here = new Set(legs.map(({ id }) => id));
    for (const iface of known ? legs.filter(({ id }) => !known.has(id)) : []) {
      const actions: Action[] = [
        load(registers.egressInterface, iface.index),
        { kind: 'resubmit', table: tables.retag },
      ];
      for (const { ip, mac } of gatewayAddresses({ intent }, iface))
        this.#connection
          .packetOut({ inPort: reservedPorts.controller, data: buildAnnouncement(ip, mac), actions })
          .catch((error: unknown) => this.#logger.debug({ err: error, interface: iface.name }, 'not announced'));
    }
  }
}
