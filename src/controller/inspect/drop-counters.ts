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
  /** Name of the NAT rule; only where the reason has one. */
  readonly rule?: string;
  readonly packets: number;
  readonly bytes: number;
}

const meterReasons = { arpNd: 'arp-rate', gatewayEcho: 'gateway-echo-rate' } as const;

/** One counter per reason, and NAT rule, of the flows, and one per reason and interface of the meters; zeros included. */
export async function readDropCounters(
  connections: readonly SwitchConnection[],
  intent: Intent,
): Promise<DropCounter[]> {
  const byFlow = new Map<string, DropCounter>();
  const overRate: DropCounter[] = [];
  for (const connection of connections) {
    for await (const flow of connection.dumpFlows({ cookie: ownedCookie, cookieMask: ownedCookieMask })) {
      const parts = decodeCookie(flow.cookie);
      if (parts?.drop === undefined) continue;
      const rule = parts.kind === 'nat-rules' ? intent.natRules.find(({ id }) => id === parts.id)?.name : undefined;
      const key = `${parts.drop} ${rule ?? ''}`;
      const sum = byFlow.get(key) ?? {
        reason: parts.drop,
        ...(rule === undefined ? {} : { rule }),
        packets: 0,
        bytes: 0,
      };
      byFlow.set(key, {
        ...sum,
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
  return [...byFlow.values(), ...overRate];
}
