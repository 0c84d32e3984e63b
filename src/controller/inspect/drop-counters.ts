// What was dropped and why, read from the switch at the moment of asking: the packet counts of the dropping flows, and
// what the interfaces' meters took.

import type { SwitchConnection } from '../../openflow/index.ts';
import { type DropReason, decodeCookie, ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import { meterUse } from '../../policy/meters.ts';
import type { Intent } from '../../policy/model.ts';

/** Packets over an interface's rate: ARP and ND, or pings of the gateway. */
export type MeterReason = 'arp-rate' | 'gateway-echo-rate';

export interface DropCounter {
  readonly reason: DropReason | MeterReason;
  /** Name of the interface, or of the port; only where the reason has one. */
  readonly interface?: string;
  readonly packets: number;
  readonly bytes: number;
}

const meterReasons = { arpNd: 'arp-rate', gatewayEcho: 'gateway-echo-rate' } as const;

/** One counter per reason of the flows, and one per interface and reason of the meters; zeros included. */
export async function readDropCounters(
  connections: readonly SwitchConnection[],
  intent: Intent,
): Promise<DropCounter[]> {
  const byReason = new Map<DropReason, { packets: number; bytes: number }>();
  const overRate: DropCounter[] = [];
  for (const connection of connections) {
    for await (const flow of connection.dumpFlows({ cookie: ownedCookie, cookieMask: ownedCookieMask })) {
      const reason = decodeCookie(flow.cookie)?.drop;
      if (reason === undefined) continue;
      const sum = byReason.get(reason) ?? { packets: 0, bytes: 0 };
      byReason.set(reason, {
        packets: sum.packets + Number(flow.packetCount),
        bytes: sum.bytes + Number(flow.byteCount),
      });
    }
    for (const { meter, bands } of await connection.meterStats()) {
      const use = meterUse(meter);
      const metered = use && [...intent.interfaces, ...intent.ports].find(({ index }) => index === use.index);
      if (!use || !metered) continue;
      overRate.push({
        reason: meterReasons[use.use],
        interface: metered.name,
        packets: bands.reduce((sum, band) => sum + Number(band.packetCount), 0),
        bytes: bands.reduce((sum, band) => sum + Number(band.byteCount), 0),
      });
    }
  }
  return [...[...byReason].map(([reason, sum]) => ({ reason, ...sum })), ...overRate];
}
