// What was dropped and why, read from the switch at the moment of asking: the packet counts of the dropping flows, and
// what the interfaces' meters took.

import type { RequestOptions, SwitchConnection } from '../../openflow/index.ts';
import { type CookieParts, type DropReason, decodeCookie, ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { type MeterUse, meterUse } from '../../policy/meters.ts';
import { objectOf, objectOfIndex } from './object-of.ts';

/** Packets over an interface's rate: ARP and ND, pings of the gateway, or what would begin a connection. */
export type MeterReason = 'arp-rate' | 'gateway-echo-rate' | 'new-connection-rate';

export interface DropCounter {
  readonly reason: DropReason | MeterReason;
  /** Name of the interface, or of the port; only where the reason has one. */
  readonly interface?: string;
  /** Name of the NAT rule; only where the reason has one. */
  readonly rule?: string;
  readonly packets: number;
  readonly bytes: number;
}

const meterReasons = {
  arpNd: 'arp-rate',
  gatewayEcho: 'gateway-echo-rate',
  newConnections: 'new-connection-rate',
} as const satisfies Record<MeterUse, MeterReason>;

/** What one bridge counted; zeros included. @throws ConnectionError */
export async function countDrops(
  connection: SwitchConnection,
  program: Program,
  options: RequestOptions,
): Promise<readonly DropCounter[]> {
  const counted: DropCounter[] = [];
  const filter = { cookie: ownedCookie, cookieMask: ownedCookieMask };
  for await (const { cookie, packetCount, byteCount } of connection.dumpFlows(filter, options)) {
    const parts = decodeCookie(cookie);
    if (parts?.drop === undefined) continue;
    const whose = whoseOf(program, parts);
    counted.push({ reason: parts.drop, ...whose, packets: Number(packetCount), bytes: Number(byteCount) });
  }
  for (const { meter, bands } of await connection.meterStats(undefined, options)) {
    const use = meterUse(meter);
    const metered = use && objectOfIndex(program, use.index);
    if (!use || !metered) continue;
    counted.push({
      reason: meterReasons[use.use],
      interface: metered.name,
      packets: bands.reduce((sum, band) => sum + Number(band.packetCount), 0),
      bytes: bands.reduce((sum, band) => sum + Number(band.byteCount), 0),
    });
  }
  return counted;
}

/** Of drops that an object asks for, or is to blame for. */
function whoseOf(program: Program, parts: CookieParts): Pick<DropCounter, 'interface' | 'rule'> {
  const as = parts.kind === 'nat-rules' ? 'rule' : parts.drop === 'new-from-inside' ? 'interface' : undefined;
  const name = as && objectOf(program, parts)?.name;
  return as === undefined || name === undefined ? {} : { [as]: name };
}

/** One counter per reason, and NAT rule, of the flows, and one per reason and interface of the meters. */
export function sumDrops(counted: readonly DropCounter[]): readonly DropCounter[] {
  const sums = new Map<string, DropCounter>();
  for (const counter of counted) {
    const key = JSON.stringify([counter.reason, counter.rule, counter.interface]);
    const { packets, bytes } = sums.get(key) ?? { packets: 0, bytes: 0 };
    sums.set(key, { ...counter, packets: packets + counter.packets, bytes: bytes + counter.bytes });
  }
  return [...sums.values()];
}
