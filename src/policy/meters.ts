// The meters of an interface or port. Numbers follow from the interface's index, so that nothing has to be remembered.

import type { MeterEntry } from '../openflow/flow/meter.ts';
import type { Interface, Port } from './model.ts';

const perInterface = { arpNd: 0, gatewayEcho: 1 } as const;
const slots = 4;

export type MeterUse = keyof typeof perInterface;

/** Meter number: 4 for the first interface's first meter. */
export function meterId({ index }: { readonly index: number }, use: MeterUse): number {
  return index * slots + perInterface[use];
}

/** What a meter number of ours measures; undefined when it is none of ours. */
export function meterUse(meter: number): { readonly index: number; readonly use: MeterUse } | undefined {
  const use = (Object.keys(perInterface) as MeterUse[]).find(name => perInterface[name] === meter % slots);
  return use && meter >= slots ? { index: Math.floor(meter / slots), use } : undefined;
}

/**
 * Both uses end in vswitchd's slow path, so the meter stands before them in the datapath.
 * One band only: OVS-DOCA takes no more.
 */
export function interfaceMeters(iface: Interface): MeterEntry[] {
  return metersOf(iface, iface.arpRate, Object.keys(perInterface) as MeterUse[]);
}

/** A port has one of its own for ARP and ND, of its interface's rate: it cannot silence the others of its segment. */
export function portMeters(port: Port): MeterEntry[] {
  return metersOf(port, port.interface.arpRate, ['arpNd']);
}

function metersOf(of: Interface | Port, rate: number, uses: readonly MeterUse[]): MeterEntry[] {
  const bands = [{ kind: 'drop', rate, burst: rate }] as const;
  return uses.map(use => ({ meter: meterId(of, use), unit: 'pktps', burst: true, stats: true, bands }));
}
