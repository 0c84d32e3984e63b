// What passed the interfaces and ports of this node, what began by them, and under the NAT rules: the packet counts of a table's
// flows, and of no other table.

import type { FlowStats, RequestOptions, SwitchConnection } from '../../openflow/index.ts';
import { type CookieParts, decodeCookie, ownedCookie, ownedCookieMask } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { natRules } from '../../policy/facts/objects.ts';
import { compareTexts } from '../../policy/kinds/spelling.ts';
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

export interface NewConnectionCounter extends Count {
  readonly interface: string;
  /** Who begins them. */
  readonly from: 'inside' | 'outside';
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
      const isWanted = (parts: CookieParts, flow: FlowStats) =>
        parts.kind === kind && parts.drop === undefined && !isFromPeer(flow);
      const counts = await countByObject(connection, program, table, isWanted, options);
      for (const [name, count] of counts)
        counted.push({ ...(kind === 'interfaces' ? { interface: name } : { port: name }), direction, ...count });
    }
  const nameOf = (counter: InterfaceCounter) => counter.interface ?? counter.port ?? '';
  return counted.sort((a, b) => compareTexts(nameOf(a), nameOf(b)));
}

/** The packets that a rule had a connection begun for. In order of name; zeros included. @throws ConnectionError */
export async function countRules(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  options: RequestOptions,
): Promise<readonly RuleCounter[]> {
  const isWanted = ({ kind, drop }: CookieParts) => kind === 'nat-rules' && drop === undefined;
  const counts = await countByObject(connection, program, 'snat', isWanted, options);
  return [...counts]
    .flatMap(([rule, count]) => {
      const { tenant, pool } = program.get(natRules, rule) ?? {};
      return tenant === undefined || pool === undefined ? [] : [{ rule, tenant, pool, ...count }];
    })
    .sort((a, b) => compareTexts(a.rule, b.rule));
}

const begin = [
  ['inner_new', 'inside'],
  ['outer_new', 'outside'],
] as const;

/**
 * Packets that began a connection, or would have: those that were dropped then are in it, and each one that was sent again. In order of
 * name; zeros included. @throws ConnectionError
 */
export async function countNewConnections(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  options: RequestOptions,
): Promise<readonly NewConnectionCounter[]> {
  const counted: NewConnectionCounter[] = [];
  for (const [table, from] of begin) {
    const counts = await countByObject(connection, program, table, ({ kind }) => kind === 'interfaces', options);
    for (const [name, count] of counts) counted.push({ interface: name, from, ...count });
  }
  return counted.sort((a, b) => compareTexts(a.interface, b.interface));
}

/** By name of the object. */
async function countByObject(
  connection: Pick<SwitchConnection, 'dumpFlows'>,
  program: Program,
  table: keyof typeof tables,
  isWanted: (parts: CookieParts, flow: FlowStats) => boolean,
  options: RequestOptions,
): Promise<ReadonlyMap<string, Count>> {
  const counts = new Map<string, Count>();
  const filter = { table: tables[table], cookie: ownedCookie, cookieMask: ownedCookieMask };
  for await (const flow of connection.dumpFlows(filter, options)) {
    const parts = decodeCookie(flow.cookie);
    if (!parts || !isWanted(parts, flow)) continue;
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
