// Connections that began, or would have: the packet counts of the flows that each of them passes first, by interface.

import type { RequestOptions, SwitchConnection } from '../../openflow/index.ts';
import { decodeCookie, ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { tables } from '../../policy/pipeline.ts';
import { objectOf } from './object-of.ts';

export interface NewConnectionCounter {
  readonly interface: string;
  /** Who begins them. */
  readonly from: 'inside' | 'outside';
  /** Those that were dropped then are in it, and each one that was sent again. */
  readonly packets: number;
  readonly bytes: number;
}

const begin = [
  { table: tables.inner_new, from: 'inside' },
  { table: tables.outer_new, from: 'outside' },
] as const;

/** In order of name; zeros included. @throws ConnectionError */
export async function countNewConnections(
  connection: SwitchConnection,
  program: Program,
  options: RequestOptions,
): Promise<readonly NewConnectionCounter[]> {
  const counted: NewConnectionCounter[] = [];
  for (const { table, from } of begin) {
    const filter = { table, cookie: ownedCookie, cookieMask: ownedCookieMask };
    for await (const { cookie, packetCount, byteCount } of connection.dumpFlows(filter, options)) {
      const parts = decodeCookie(cookie);
      const name = parts?.kind === 'interfaces' ? objectOf(program, parts)?.name : undefined;
      if (name === undefined) continue;
      counted.push({ interface: name, from, packets: Number(packetCount), bytes: Number(byteCount) });
    }
  }
  return counted.sort((a, b) => (a.interface < b.interface ? -1 : 1));
}
