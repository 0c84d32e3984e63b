// Names of ports and tables in texts, quoted the way ovs-ofctl quotes them (OVS lib/namemap.c).

import { portTo16, reservedPortName } from '../flow/ports.ts';

const leastReserved = 0xffffff00;

/** Names to print in place of numbers. */
export interface FormatOptions {
  /** The name of a port; undefined: its number is printed. */
  readonly portName?: (port: number) => string | undefined;
  readonly tableName?: (table: number) => string | undefined;
}

function quote(name: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? name : JSON.stringify(name);
}

export function formatPort(port: number, options: FormatOptions): string {
  const reserved = reservedPortName(port);
  if (reserved) return reserved;
  const name = options.portName?.(port);
  if (name !== undefined) return quote(name);
  // Of the reserved ones without a name, OVS keeps the 16-bit form (OVS lib/ofp-port.c).
  return String(port >= leastReserved ? portTo16(port) : port);
}

export function formatTable(table: number, options: FormatOptions): string {
  const name = options.tableName?.(table);
  return name === undefined ? String(table) : quote(name);
}
