// Answers neighbour solicitations for gateway addresses, and for the machines of a segment with ports. The `arp_nd` table
// sends them here, through a meter; the advertisement goes back into the pipeline at `retag`, which gives it the tag or
// the VNI of its interface, or lets it out by the port that asked.

import type { Ip } from '../../lib/address.ts';
import { PointsmanError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Action, PacketIn, Subfield, SwitchConnection } from '../../openflow/index.ts';
import { reservedPorts } from '../../policy/constants.ts';
import type { Program } from '../../policy/engine/program.ts';
import { senderMacs } from '../../policy/facts/derived.ts';
import { addressAt, gateways, legs, routes, subnets } from '../../policy/facts/objects.ts';
import { answered } from '../../policy/features/answer/answered.ts';
import { lookAtFence } from '../../policy/features/fence/lease.ts';
import { load, set } from '../../policy/features/words/match-and-action.ts';
import { tables } from '../../policy/pipeline.ts';
import { registers } from '../../policy/registers.ts';
import { objectOfIndex } from '../inspect/object-of.ts';
import {
  buildAdvertisement,
  checkAsker,
  type Link,
  parseSolicitation,
  type Solicitation,
} from './neighbour-discovery.ts';

export interface NeighbourResponderOptions {
  readonly connection: SwitchConnection;
  readonly program: Program;
  readonly logger: Logger;
}

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
    const { connection, logger, program } = this.#options;
    const arrivedBy = readRegister(packet, registers.arrivedBy);
    if (arrivedBy === 0) return;
    const unanswered = (error: unknown) => logger.debug({ err: error }, 'solicitation not answered');
    try {
      const solicitation = parseSolicitation(packet.data);
      const iface = objectOfIndex(program, readRegister(packet, registers.ingressInterface))?.name ?? '';
      const target = targetOf(program, iface, solicitation);
      if (!target) return;
      checkAsker(solicitation, linkOf(program, iface));
      const data = buildAdvertisement(solicitation, target);
      const actions: Action[] = [
        lookAtFence,
        ...backOverTunnel(packet),
        load(registers.egressInterface, arrivedBy),
        { kind: 'resubmit', table: tables.retag },
      ];
      connection.packetOut({ inPort: reservedPorts.controller, data, actions }).catch(unanswered);
    } catch (error) {
      // What comes from the network may be anything; it is metered, and none of it may end the process.
      if (!(error instanceof PointsmanError)) throw error;
      unanswered(error);
    }
  }
}

interface Target {
  readonly mac: bigint;
  readonly router: boolean;
}

/** A packet-in of OpenFlow 1.5 has the registers in pairs, `xregN` (OpenFlow 1.5.1 section 7.2.3.9); 0: it has none. */
function readRegister({ match }: PacketIn, { field, offset, bits }: Subfield): number {
  const number = Number(field.replace('reg', ''));
  const pair = match.find(part => part.field === `xreg${number >> 1}`)?.value ?? 0n;
  const shift = BigInt(offset + (number % 2 === 0 ? 32 : 0));
  return Number((BigInt(pair) >> shift) & ((1n << BigInt(bits)) - 1n));
}

/** Who is looked for, on the interface that the question came in by. */
function targetOf(program: Program, iface: string, { target }: Solicitation): Target | undefined {
  const address: Ip = { family: 6, value: target };
  const found = program.get(answered, addressAt(iface, address));
  return found && { mac: found.mac, router: found.mac === program.get(gateways, iface)?.mac };
}

function linkOf(program: Program, iface: string): Link {
  const leg = program.get(legs, iface);
  const tenant = leg?.role === 'inner' ? leg.tenant : undefined;
  return {
    subnets: program.by(subnets, 'interface', iface).map(({ prefix }) => prefix),
    macs: [gateways, senderMacs].flatMap(table => program.get(table, iface)?.mac ?? []),
    // As table `source` has it: from outside anybody may send.
    behind:
      tenant === undefined
        ? undefined
        : program
            .by(routes, 'tenant', tenant)
            .filter(route => route.interface === iface)
            .map(({ destination }) => destination),
  };
}

/** The VTEP that the question came from is the one the answer goes to. */
function backOverTunnel({ match }: PacketIn): Action[] {
  return match.flatMap(({ field, value }) => {
    if (field === 'tun_src') return [set('tun_dst', value)];
    if (field === 'tun_ipv6_src') return [set('tun_ipv6_dst', value)];
    return [];
  });
}
