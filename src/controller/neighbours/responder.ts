// Answers neighbour solicitations for gateway addresses. The `arp_nd` table sends them here, through the interface's
// meter; the advertisement goes back into the pipeline at `retag`, which gives it the tag or the VNI of its interface.

import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, PacketIn, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import { decodeCookie } from '../../policy/cookies.ts';
import { load, set } from '../../policy/flow-builder.ts';
import type { Intent, Interface } from '../../policy/model.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { buildAdvertisement, parseSolicitation } from './neighbour-discovery.ts';

export interface NeighbourResponderOptions {
  readonly connection: SwitchConnection;
  /** Undefined before the first reconciliation. */
  readonly intent: () => Intent | undefined;
  readonly logger: Logger;
}

const macBytes = 6;

export class NeighbourResponder {
  readonly #options: NeighbourResponderOptions;

  constructor(options: NeighbourResponderOptions) {
    this.#options = options;
    const { connection, logger } = options;
    connection.on('packetIn', packet => this.#answer(packet));
    connection.on('connected', () => {
      connection
        .enablePacketIn()
        .catch((error: unknown) => logger.warn({ err: error }, 'no packet-ins from the switch'));
    });
  }

  #answer(packet: PacketIn): void {
    const { connection, logger } = this.#options;
    const iface = this.#interfaceOf(packet);
    if (!iface) return;
    const unanswered = (error: unknown) =>
      logger.debug({ err: error, interface: iface.name }, 'solicitation not answered');
    try {
      const solicitation = parseSolicitation(packet.data);
      const data = buildAdvertisement(solicitation, bytesOf(iface.mac));
      const actions: Action[] = [
        ...backOverTunnel(packet),
        load(registers.egressInterface, iface.index),
        { kind: 'resubmit', table: tables.retag },
      ];
      connection.packetOut({ inPort: reservedPorts.controller, data, actions }).catch(unanswered);
    } catch (error) {
      // What comes from the network may be anything; it is metered, and none of it may end the process.
      if (!(error instanceof PointsmanError)) throw error;
      unanswered(error);
    }
  }

  /** The cookie of the flow that sent the packet names it. */
  #interfaceOf({ cookie }: PacketIn): Interface | undefined {
    const parts = decodeCookie(cookie);
    if (parts?.kind !== 'interfaces') return undefined;
    return this.#options.intent()?.interfaces.find(({ id }) => id === parts.id);
  }
}

/** The VTEP that the question came from is the one the answer goes to. */
function backOverTunnel({ match }: PacketIn): Action[] {
  return match.flatMap(({ field, value }) => {
    if (field === 'tun_src') return [set('tun_dst', value)];
    if (field === 'tun_ipv6_src') return [set('tun_ipv6_dst', value)];
    return [];
  });
}

function bytesOf(mac: bigint): Uint8Array {
  return Uint8Array.from({ length: macBytes }, (_, i) => Number((mac >> BigInt(8 * (macBytes - 1 - i))) & 0xffn));
}
