// The meters of an interface. Numbers follow from the interface's index, so that nothing has to be remembered.

import type { MeterEntry } from '../openflow/flow/meter.ts';
import type { Interface } from './model.ts';

const perInterface = { arpNd: 0, gatewayEcho: 1 } as const;
const slots = 4;

export type MeterUse = keyof typeof perInterface;

/** Meter number: 4 for the first interface's first meter. */
export function meterId(iface: Interface, use: MeterUse): number {
  return iface.index * slots + perInterface[use];
}

/** What a meter number of ours measures; undefined when it is none of ours. */
export function meterUse(meter: number): { readonly interfaceIndex: number; readonly use: MeterUse } | undefined {
  const use = (Object.keys(perInterface) as MeterUse[]).find(name => perInterface[name] === meter % slots);
  return use && meter >= slots ? { interfaceIndex: Math.floor(meter / slots), use } : undefined;
}

/**
 * Both uses end in vswitchd's slow path, so the meter stands before them in the datapath.
 * One band only: OVS-DOCA takes no more.
 */
export function interfaceMeters(iface: Interface): MeterEntry[] {
  const bands = [{ kind: 'drop', rate: iface.arpRate, burst: iface.arpRate }] as const;
  const uses = Object.keys(perInterface) as MeterUse[];
  return uses.map(use => ({ meter: meterId(iface, use), unit: 'pktps', burst: true, stats: true, bands }));
}
