// Reserved port numbers (OpenFlow 1.5.1 section 7.2.1.1), 32 bits wide. Nicira extensions carry ports in 16 bits;
// there the reserved range is 0xff00 and up (OVS lib/ofp-port.c).

/** Reserved port numbers (OpenFlow 1.5.1 section 7.2.1). */
export const port = {
  unset: 0xfffffff7,
  inPort: 0xfffffff8,
  table: 0xfffffff9,
  normal: 0xfffffffa,
  flood: 0xfffffffb,
  all: 0xfffffffc,
  controller: 0xfffffffd,
  local: 0xfffffffe,
  any: 0xffffffff,
} as const;

/** Group numbers that are not groups (OpenFlow 1.5.1 section 7.3.4.3). */
export const group = { max: 0xffffff00, all: 0xfffffffc, any: 0xffffffff } as const;

/** No buffer: the packet is in the message (OFP_NO_BUFFER). */
export const noBuffer = 0xffffffff;

const reservedNames: ReadonlyMap<number, string> = new Map([
  [port.unset, 'UNSET'],
  [port.inPort, 'IN_PORT'],
  [port.table, 'TABLE'],
  [port.normal, 'NORMAL'],
  [port.flood, 'FLOOD'],
  [port.all, 'ALL'],
  [port.controller, 'CONTROLLER'],
  [port.local, 'LOCAL'],
  [port.any, 'ANY'],
]);

/** `LOCAL`, `IN_PORT` and so on; undefined for an ordinary port. */
export function reservedPortName(number: number): string | undefined {
  return reservedNames.get(number);
}

/** The 16-bit form of a port number. */
export function portTo16(number: number): number {
  return number & 0xffff;
}

/** The 32-bit form of a 16-bit port number. */
export function portFrom16(number: number): number {
  return number >= 0xff00 ? number + 0xffff0000 : number;
}
