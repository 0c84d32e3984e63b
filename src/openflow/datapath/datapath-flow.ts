// Flows of the datapath, as `ovs-appctl dpctl/dump-flows` and `ovs-dpctl dump-flows` write them (OVS lib/dpctl.c,
// format_dpif_flow()).

import { OpenFlowTextError } from '../text/parse/cursor.ts';
import { type DatapathTerm, formatTerms, parseTerms } from './datapath-term.ts';

/** A flow that the datapath has cached: what packets it is for, what it does with them, how many there were. */
export interface DatapathFlow {
  /** With `-m`. */
  readonly ufid?: string;
  /** `eth_type(0x0800)` and the like. A field without mask is matched as a whole. */
  readonly match: readonly DatapathTerm[];
  readonly packets: bigint;
  readonly bytes: bigint;
  /** Seconds since the last packet; absent: never. */
  readonly used?: number;
  /** Of TCP, those that were seen: `SFP.`. */
  readonly flags?: string;
  readonly offloaded?: 'yes' | 'partial';
  /** With `-m`: `ovs`, `tc`, `dpdk`, ... */
  readonly dp?: string;
  /** None: the packets are dropped. */
  readonly actions: readonly DatapathTerm[];
  /** With `-m`, of the userspace datapath: `miniflow_bits(5,1)`. */
  readonly extraInfo?: string;
}

/** How the parts of a line start, in their order. */
const parts = ['packets', 'bytes', 'used', 'flags', 'offloaded', 'dp', 'actions', 'dp-extra-info'] as const;

/** Longer than any line of OVS. */
const longest = 1 << 20;
const noActions = 'drop';

interface Part {
  readonly text: string;
  readonly at: number;
}

/** The parts of a line by name; `match` is what stands before them. */
function split(line: string): ReadonlyMap<string, Part> {
  if (line.length > longest) throw new OpenFlowTextError(longest, '', `a line of at most ${longest} characters`);
  const starts: { readonly name: string; readonly start: number; readonly at: number }[] = [];
  let from = 0;
  for (const name of parts) {
    const head = `, ${name}:`;
    const start = line.indexOf(head, from);
    if (start === -1) continue;
    from = start + head.length;
    starts.push({ name, start, at: from });
  }
  const ends = [...starts.slice(1).map(({ start }) => start), line.length];
  const found = starts.map(({ name, at }, i): [string, Part] => [name, { text: line.slice(at, ends[i]), at }]);
  return new Map([['match', { text: line.slice(0, starts[0]?.start), at: 0 }], ...found]);
}

function wanted(found: ReadonlyMap<string, Part>, name: string, line: string): Part {
  const part = found.get(name);
  if (!part) throw new OpenFlowTextError(line.length + 1, '', `${name}:`);
  return part;
}

function count({ text, at }: Part): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new OpenFlowTextError(at + 1, text, 'a number');
  return BigInt(text);
}

function secondsOf({ text, at }: Part): { readonly used?: number } {
  if (text === 'never') return {};
  if (!/^\d+(\.\d+)?s$/.test(text)) throw new OpenFlowTextError(at + 1, text, 'seconds, or never');
  return { used: Number(text.slice(0, -1)) };
}

function offloadOf({ text, at }: Part): 'yes' | 'partial' {
  if (text !== 'yes' && text !== 'partial') throw new OpenFlowTextError(at + 1, text, 'yes or partial');
  return text;
}

/** One line of a dump. @throws OpenFlowTextError when it is none */
export function parseDatapathFlow(line: string): DatapathFlow {
  const found = split(line);
  const [ufid = '', ufidText] = /^ufid:([0-9a-f-]+), ?/.exec(line) ?? [];
  const match = wanted(found, 'match', line).text.slice(ufid.length);
  const actions = wanted(found, 'actions', line);
  const offloaded = found.get('offloaded');
  return {
    ...(ufidText && { ufid: ufidText }),
    match: parseTerms(match, ufid.length),
    packets: count(wanted(found, 'packets', line)),
    bytes: count(wanted(found, 'bytes', line)),
    ...secondsOf(wanted(found, 'used', line)),
    ...textOf('flags', found.get('flags')),
    ...(offloaded && { offloaded: offloadOf(offloaded) }),
    ...textOf('dp', found.get('dp')),
    actions: actions.text === noActions ? [] : parseTerms(actions.text, actions.at),
    ...textOf('extraInfo', found.get('dp-extra-info')),
  };
}

function textOf<K extends string>(name: K, part: Part | undefined): { readonly [P in K]?: string } {
  return part ? ({ [name]: part.text } as { readonly [P in K]: string }) : {};
}

/** All flows of a dump; lines that say where the flows below them come from are passed over. @throws OpenFlowTextError */
export function parseDatapathFlows(dump: string): readonly DatapathFlow[] {
  return dump
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('flow-dump from'))
    .map(parseDatapathFlow);
}

/** The line, as OVS writes it. */
export function formatDatapathFlow(flow: DatapathFlow): string {
  const { ufid, match, packets, bytes, used, flags, offloaded, dp, actions, extraInfo } = flow;
  return [
    ...(ufid === undefined ? [] : [`ufid:${ufid}`]),
    formatTerms(match),
    `packets:${packets}`,
    `bytes:${bytes}`,
    `used:${used === undefined ? 'never' : `${used.toFixed(3)}s`}`,
    ...(flags === undefined ? [] : [`flags:${flags}`]),
    ...(offloaded === undefined ? [] : [`offloaded:${offloaded}`]),
    ...(dp === undefined ? [] : [`dp:${dp}`]),
    `actions:${actions.length === 0 ? noActions : formatTerms(actions)}`,
    ...(extraInfo === undefined ? [] : [`dp-extra-info:${extraInfo}`]),
  ].join(', ');
}
