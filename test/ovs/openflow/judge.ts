// What ovs-ofctl says of flow texts, beside what this library says.

import { execFile } from 'node:child_process';
import {
  decode,
  encode,
  OpenFlowEncodeError,
  OpenFlowTextError,
  parseFlow,
  type VersionName,
  versions,
} from '../../../src/openflow/index.ts';
import { hex } from '../../unit/openflow/vectors.ts';
import { ofctl } from './ofctl.ts';
import { captureMods } from './test-switch.ts';

export interface Verdict {
  readonly accepted: boolean;
  /** It took the text, and said that it leaves out a part of the match. */
  readonly widened: boolean;
  /** What it complained of. */
  readonly complaint: string;
}

const atOnce = 4;

function verdict(text: string, version: VersionName): Promise<Verdict> {
  const [command, ...args] = [...ofctl, '-O', `OpenFlow${version.replace('.', '')}`, 'parse-flow', text];
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, _, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ accepted: !error, widened: stderr.includes('normalization changed'), complaint: stderr.trim() });
    });
  });
}

/** Of each text what `ovs-ofctl parse-flow` says; a process for each, for the first complaint ends it. */
export async function ovsVerdicts(texts: readonly string[], version: VersionName): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  const work = async () => {
    for (let i = next++; i < texts.length; i = next++) verdicts[i] = await verdict(texts[i] as string, version);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return verdicts;
}

export interface Comparison {
  readonly text: string;
  readonly kind: 'same' | 'only OVS takes it' | 'only we take it' | 'other bytes';
  /** The complaint of the one that refuses it, or both forms. */
  readonly detail: string;
  /** Where our complaint starts in the text. */
  readonly column?: number;
  /** What OVS sends. */
  readonly theirs?: string;
}

type Ours = { readonly bytes: string } | { readonly error: string; readonly column?: number };

function ours(text: string, version: VersionName, xid: number): Ours {
  try {
    return { bytes: hex(encode({ ...parseFlow(text, { version }), version: versions[version], xid })) };
  } catch (error) {
    if (error instanceof OpenFlowTextError) return { error: error.message, column: error.column };
    if (error instanceof OpenFlowEncodeError) return { error: error.message };
    throw error;
  }
}

/** Each text's verdicts, and where both accept it, whether they send the same. */
export async function compare(texts: readonly string[], version: VersionName): Promise<readonly Comparison[]> {
  const verdicts = await ovsVerdicts(texts, version);
  const taken = texts.filter((_, i) => verdicts[i]?.accepted);
  const frames = await captureMods('add-flows', taken, version);
  let next = 0;
  return texts.map((text, i): Comparison => {
    const { accepted, widened, complaint } = verdicts[i] as Verdict;
    const frame = accepted ? frames[next++] : undefined;
    const found = ours(text, version, frame ? decode(frame).xid : 0);
    if (!accepted || widened) {
      return 'error' in found
        ? { text, kind: 'same', detail: complaint }
        : { text, kind: 'only we take it', detail: complaint };
    }
    const theirs = hex(frame as Uint8Array);
    if ('error' in found)
      return { text, kind: 'only OVS takes it', detail: found.error, column: found.column ?? 0, theirs };
    if (found.bytes === theirs) return { text, kind: 'same', detail: '' };
    return { text, kind: 'other bytes', detail: `ours ${found.bytes}\n    OVS  ${theirs}` };
  });
}

/** Why we do not do as ovs-ofctl does; docs/openflow-ts.md says the same to readers. */
export type Reason =
  | 'OVS leaves it out'
  | 'OVS cuts the value'
  | 'OVS reads only the start of it'
  | 'OVS closes the parenthesis'
  | 'its C library reads binary numbers'
  | 'the switch refuses it';

/** The text without the item that starts at a column. */
function withoutItem(text: string, column: number): string {
  const rest = text.slice(column - 1);
  const end = /[, \t]/.exec(rest)?.index ?? rest.length;
  const start = Math.max(text.lastIndexOf(',', column - 2), text.lastIndexOf(' ', column - 2)) + 1;
  return text.slice(0, start) + rest.slice(end + 1);
}

/** The frame without its xid. */
const body = (frame: string) => frame.slice(0, 8) + frame.slice(16);

/** What a switch can be asked: no options of tunnels, for which it needs a map; and the match alone if that is it. */
function askable(text: string, column: number): string {
  const [match = '', actions = ''] = text.split(/action[^=]*=/);
  const rest = match.replace(/tun_metadata\d+[^,]*,?/g, '');
  return `${rest}actions=${column <= match.length ? 'drop' : actions}`;
}

const refusal = /OFPBMC_BAD_(PREREQ|VALUE)|OFPBAC_|OFPBIC_|_BAD_TABLE_ID/;

/**
 * The reason for a difference, found out by asking OVS again; undefined when there is none that we know.
 * @param install adds the flow to a real switch, and rejects with its complaint if that refuses it
 */
export async function reasonFor(
  { text, kind, detail, column = 0, theirs = '' }: Comparison,
  version: VersionName,
  install: (text: string) => Promise<void>,
): Promise<Reason | undefined> {
  if (kind === 'other bytes' && /\bct_nw_proto=0+\b/.test(text)) return 'OVS leaves it out';
  if (kind !== 'only OVS takes it') return undefined;
  if (/found "(\S*\D)?0b[01]+/.test(detail)) return 'its C library reads binary numbers';
  if (detail.includes('a closing parenthesis')) return 'OVS closes the parenthesis';
  const isLoose = /expected (a number|a number of links|an? \w+|seconds|the id of a controller) from \d+ to \d+$/;
  if (isLoose.test(detail) && /multipath|bundle|learn|dec_ttl/.test(text)) return 'OVS reads only the start of it';
  if (/found "\(\w+,\w+\)|expected (an Ethernet address|0xCLASS)/.test(detail)) return 'OVS reads only the start of it';
  if (/expected a value of (\d+ bits for )?(icmp|ip_|mpls_|nsh_|arp_op|ipv6_label|vlan_)/.test(detail)) {
    return 'OVS cuts the value';
  }
  if (/bits of a field, or a number from 0 to 4294967295$/.test(detail)) return 'OVS cuts the value';
  if (column > 0) {
    const shorter = withoutItem(text, column);
    // What is left of a field of Ethernet packets is that they are such.
    for (const rest of [shorter, `eth,${shorter}`]) {
      const [frame] = await captureMods('add-flows', [rest], version).catch(() => []);
      if (frame && body(hex(frame)) === body(theirs)) return 'OVS leaves it out';
    }
  }
  const complaint = await install(askable(text, column)).then(() => '', String);
  return refusal.test(complaint) ? 'the switch refuses it' : undefined;
}
