// A line of `dpctl/dump-conntrack -m -s` with what it says beside the tuples (OVS lib/ct-dpif.c, ct_dpif_format_entry).

import type { Connection } from '../../policy/nat/stands.ts';

export interface ShownConnection extends Connection {
  /** Of TCP, of the side that began it, as OVS names it, such as `ESTABLISHED`. */
  readonly state: string | undefined;
  /** When it is forgotten if nothing comes, s. */
  readonly timeout: number | undefined;
  /** Of both directions; undefined: the datapath does not count them. The userspace datapath does not. */
  readonly packets: number | undefined;
  readonly bytes: number | undefined;
}

const stateOf = /[(,]state(?:_orig)?=([A-Z_0-9]+)/;
const timeoutOf = /,timeout=(\d+)/;

/** @param connection that of the line */
export function shownConnection(connection: Connection, line: string): ShownConnection {
  const timeout = timeoutOf.exec(line)?.[1];
  return {
    ...connection,
    state: stateOf.exec(line)?.[1],
    timeout: timeout === undefined ? undefined : Number(timeout),
    packets: sumOf(line, /,packets=(\d+)/g),
    bytes: sumOf(line, /,bytes=(\d+)/g),
  };
}

function sumOf(line: string, pattern: RegExp): number | undefined {
  const found = [...line.matchAll(pattern)];
  return found.length === 0 ? undefined : found.reduce((sum, [, digits]) => sum + Number(digits), 0);
}
