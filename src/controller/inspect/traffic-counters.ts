// What passed the interfaces and ports of this node, and what began under the NAT rules: the packet counts of a table's flows,
// and of no other table.

import type { FlowStats, RequestOptions, SwitchConnection } from '../../openflow/index.ts';
import { type CookieKind, decodeCookie, ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { natRules } from '../../policy/facts/objects.ts';
import { tables } from '../../policy/pipeline.ts';
import { maskOf, registers } from '../../policy/registers.ts';
import { objectOf } from './object-of.ts';

interface Count {
  readonly packets: number;
  readonly bytes: number;
}

export interface InterfaceCounter extends Count {
  /** Either this or `port`. */
  readonly interface?: string;
  readonly port?: string;
  readonly direction: 'in' | 'out';
}

export interface RuleCounter extends Count {
  readonly rule: string;
  readonly tenant: string;
  readonly pool: string;
}

/** In order of name; zeros included. @throws ConnectionError */
export async function countInterfaces(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  options: RequestOptions,
): Promise<readonly InterfaceCounter[]> {
  const counted: InterfaceCounter[] = [];
  for (const kind of ['interfaces', 'ports'] as const)
    for (const [table, direction] of [
      ['interface', 'in'],
      ['egress', 'out'],
    ] as const) {
      // What another node had in and passed on is no packet of the interface's wire here.
      const counts = await countByObject(connection, program, table, kind, flow => !isFromPeer(flow), options);
      for (const [name, count] of counts)
        counted.push({ ...(kind === 'interfaces' ? { interface: name } : { port: name }), direction, ...count });
    }
  const nameOf = (counter: InterfaceCounter) => counter.interface ?? counter.port ?? '';
  return counted.sort((a, b) => compare(nameOf(a), nameOf(b)));
}

/** The packets that a rule had a connection begun for. In order of name; zeros included. @throws ConnectionError */
export async function countRules(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  options: RequestOptions,
): Promise<readonly RuleCounter[]> {
  const counts = await countByObject(connection, program, 'snat', 'nat-rules', () => true, options);
  return [...counts]
    .flatMap(([rule, count]) => {
      const { tenant, pool } = program.get(natRules, rule) ?? {};
      return tenant === undefined || pool === undefined ? [] : [{ rule, tenant, pool, ...count }];
    })
    .sort((a, b) => compare(a.rule, b.rule));
}

/** By name of the object; what its flows drop is not in it. */
async function countByObject(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  table: keyof typeof tables,
  kind: CookieKind,
  isWanted: (flow: FlowStats) => boolean,
  options: RequestOptions,
): Promise<ReadonlyMap<string, Count>> {
  const counts = new Map<string, Count>();
  const filter = { table: tables[table], cookie: ownedCookie, cookieMask: ownedCookieMask };
  for await (const flow of connection.dumpFlows(filter, options)) {
    const parts = decodeCookie(flow.cookie);
    if (parts?.kind !== kind || parts.drop !== undefined || !isWanted(flow)) continue;
    const name = objectOf(program, parts)?.name;
    if (name === undefined) continue;
    const { packets, bytes } = counts.get(name) ?? { packets: 0, bytes: 0 };
    counts.set(name, { packets: packets + Number(flow.packetCount), bytes: bytes + Number(flow.byteCount) });
  }
  return counts;
}

const { field: peerField } = registers.fromPeer;
const peerBit = maskOf(registers.fromPeer);

function isFromPeer({ match }: FlowStats): boolean {
  return match.some(({ field, value }) => field === peerField && (BigInt(value) & BigInt(peerBit)) !== 0n);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
