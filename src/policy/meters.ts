// The meters of an interface or port. Numbers follow from the interface's index, so that nothing has to be remembered.

import type { MeterEntry } from '../openflow/flow/meter.ts';
import { sameValue } from './engine/same-value.ts';

const perInterface = { arpNd: 0, gatewayEcho: 1, newConnections: 2 } as const;
const slots = 4;

export type MeterUse = keyof typeof perInterface;

/** An interface or a port. */
export interface Metered {
  readonly index: number;
  /** Packets per second. */
  readonly arpRate: number;
}

/** Meter number: 4 for the first interface's first meter. */
export function meterId({ index }: Pick<Metered, 'index'>, use: MeterUse): number {
  return index * slots + perInterface[use];
}

/** What a meter number of ours measures; undefined when it is none of ours. */
export function meterUse(meter: number): { readonly index: number; readonly use: MeterUse } | undefined {
  const use = (Object.keys(perInterface) as MeterUse[]).find(name => perInterface[name] === meter % slots);
  return use && meter >= slots ? { index: Math.floor(meter / slots), use } : undefined;
}

/** Of which index a meter is that says just what one of ours would; undefined: no meter of ours was ever like it. */
export function meterIndex(meter: MeterEntry): number | undefined {
  const [band] = meter.bands;
  const is = meterUse(meter.meter);
  if (!is || !band) return undefined;
  return sameValue(meter, meterOf(is, is.use, band.rate)) ? is.index : undefined;
}

/** Both uses end in vswitchd's slow path, so the meter stands before them in the datapath. */
export function interfaceMeters(iface: Metered): MeterEntry[] {
  return (['arpNd', 'gatewayEcho'] as const).map(use => meterOf(iface, use, iface.arpRate));
}

/** A port has one of its own for ARP and ND, of its interface's rate: it cannot silence the others of its segment. */
export function portMeters(port: Metered): MeterEntry[] {
  return [meterOf(port, 'arpNd', port.arpRate)];
}

/** One band only: OVS-DOCA takes no more. @param rate packets per second */
export function meterOf(of: Pick<Metered, 'index'>, use: MeterUse, rate: number): MeterEntry {
  const bands = [{ kind: 'drop', rate, burst: rate }] as const;
  return { meter: meterId(of, use), unit: 'pktps', burst: true, stats: true, bands };
}
