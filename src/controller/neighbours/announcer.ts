// An address that comes to this node from another: switches, hosts and VTEPs of the wire learn where it is now from an
// announcement, and not only when somebody behind it happens to send.

import { distinctIps, parseIp } from '../../lib/address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import type { Program } from '../../policy/engine/program.ts';
import { documentTables } from '../../policy/facts/base.ts';
import { legs, wires } from '../../policy/facts/objects.ts';
import { type Answered, answered } from '../../policy/features/answer/answered.ts';
import { lookAtFence } from '../../policy/features/fence/lease.ts';
import { load } from '../../policy/features/words/match-and-action.ts';
import { setTunnel } from '../../policy/features/words/overlay.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { buildAnnouncement } from './announcement.ts';

export class Announcer {
  readonly #connection: SwitchConnection;
  readonly #program: Program;
  readonly #logger: Logger;
  /** The MAC address of each address that this node answered for the last time, by its key. */
  readonly #known = new Map<string, bigint>();
  #isFirst = true;

  constructor(connection: SwitchConnection, program: Program, logger: Logger) {
    this.#connection = connection;
    this.#program = program;
    this.#logger = logger;
  }

  /**
   * To be called when the flows are installed. What is here from the start is no news to anybody.
   * @param keys of table `answered`, of what may have changed
   */
  announce(keys: Iterable<string>): void {
    const isNews = !this.#isFirst;
    this.#isFirst = false;
    for (const key of keys) {
      const address = this.#program.get(answered, key);
      const before = this.#known.get(key);
      if (!address || !isOfRouter(address)) {
        this.#known.delete(key);
        continue;
      }
      this.#known.set(key, address.mac);
      if (isNews && before !== address.mac) this.#send(address);
    }
  }

  #send({ interface: iface, ip, mac }: Answered): void {
    for (const actions of waysOut(this.#program, iface))
      this.#connection
        .packetOut({ inPort: reservedPorts.controller, data: buildAnnouncement(ip, mac), actions })
        .catch((error: unknown) => this.#logger.debug({ err: error, interface: iface }, 'not announced'));
  }
}

/** The gateway's own, or of a pool: what routers have is known to others by it alone. */
function isOfRouter({ asker, owner }: Answered): boolean {
  return asker === 'anyone' && owner.kind !== 'ports';
}

/** The wire; on a VNI, each VTEP that is known behind it. */
function waysOut(program: Program, iface: string): Action[][] {
  const wire = program.get(wires, iface);
  const out: Action[] = [
    lookAtFence,
    load(registers.egressInterface, program.get(legs, iface)?.index ?? 0),
    { kind: 'resubmit', table: tables.retag },
  ];
  if (wire?.kind !== 'vni') return [out];
  const behind = program.get(documentTables.interfaces, iface)?.hosts ?? [];
  const vteps = distinctIps([
    ...wire.remoteVteps,
    ...behind.flatMap(({ vtep }) => (vtep === undefined ? [] : [parseIp(vtep)])),
  ]);
  return vteps.map(vtep => [...setTunnel('destination', vtep), ...out]);
}
