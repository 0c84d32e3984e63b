// Answers neighbour solicitations for gateway addresses. The `arp_nd` table sends them here, through the interface's
// meter; the advertisement goes back into the pipeline at `retag`, which gives it the tag or the VNI of its interface.

import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, PacketIn2, SwitchConnection } from '../../openflow/index.ts';
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

/** OFPP_CONTROLLER: where the answer comes from, so that no port of the switch is its own ingress. */
const controllerPort = 0xfffffffd;
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

  #answer(packet: PacketIn2<'packet_in2'>): void {
    const { connection, logger } = this.#options;
    const iface = this.#interfaceOf(packet.userdata);
    if (!iface) return;
    try {
      const solicitation = parseSolicitation(packet.data);
      const data = buildAdvertisement(solicitation, bytesOf(iface.mac));
      const actions: Action[] = [
        ...backOverTunnel(packet),
        load(registers.egressInterface, iface.index),
        { kind: 'resubmit', table: tables.retag },
      ];
      connection.packetOut({ inPort: controllerPort, data, actions });
    } catch (error) {
      // What comes from the network may be anything; it is metered, and none of it may end the process.
      if (!(error instanceof PointsmanError)) throw error;
      logger.debug({ err: error, interface: iface.name }, 'solicitation not answered');
    }
  }

  /** The flow that sent the packet put its cookie into the userdata. */
  #interfaceOf(userdata: Uint8Array | undefined): Interface | undefined {
    if (userdata?.length !== 8) return undefined;
    const cookie = new DataView(userdata.buffer, userdata.byteOffset, 8).getBigUint64(0);
    const parts = decodeCookie(cookie);
    if (parts?.kind !== 'interfaces') return undefined;
    return this.#options.intent()?.interfaces.find(({ id }) => id === parts.id);
  }
}

/** The VTEP that the question came from is the one the answer goes to. */
function backOverTunnel({ match }: PacketIn2<'packet_in2'>): Action[] {
  return match.flatMap(({ field, value }) => {
    if (field === 'tun_src') return [set('tun_dst', value)];
    if (field === 'tun_ipv6_src') return [set('tun_ipv6_dst', value)];
    return [];
  });
}

function bytesOf(mac: bigint): Uint8Array {
  return Uint8Array.from({ length: macBytes }, (_, i) => Number((mac >> BigInt(8 * (macBytes - 1 - i))) & 0xffn));
}
