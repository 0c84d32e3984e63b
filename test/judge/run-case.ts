// One case on the stage: the program is loaded, packets are sent one after the other, and each time what comes out is held against
// what the model says. At the end the switch's counters and its conntrack are, too.

import { formatIp, formatMac, type Ip } from '../../src/lib/address.ts';
import { buildFrame, type Frame } from '../../src/openflow/packet/frame.ts';
import { type DropReason, decodeCookie } from '../../src/policy/cookies.ts';
import { type Connection, Connections } from '../model/connections.ts';
import { type Judgement, judge } from '../model/model.ts';
import { piecesOf } from '../model/pieces.ts';
import type { Sighting, Tunnel, Verdict } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import { type Case, stageCase } from './case.ts';
import type { Seen, Stage } from './stage.ts';

/** Where model and switch part. */
export interface Disagreement {
  /** Of the packet in the series; undefined: seen in the books at the end. */
  readonly packet: number | undefined;
  readonly expected: string;
  readonly seen: string;
}

export interface CaseResult {
  readonly sightings: readonly Sighting[];
  readonly disagreement: Disagreement | undefined;
}

/** Gives the next packet, or undefined when there are no more. */
export type NextSighting = (world: World, connections: Connections) => Sighting | undefined;

export async function runCase(stage: Stage, given: Case, next: NextSighting): Promise<CaseResult> {
  const staged = stageCase(given, stage);
  await stage.load(staged);
  await stage.forgetConnections();
  return await runSeries(stage, staged.world, new Connections(), next);
}

/** The same on what is loaded already. */
export async function runSeries(
  stage: Stage,
  world: World,
  connections: Connections,
  next: NextSighting,
): Promise<CaseResult> {
  const before = await readDrops(stage);
  const sightings: Sighting[] = [];
  const drops = new Map<DropReason, number>();
  for (;;) {
    const sighting = next(world, connections);
    if (!sighting) break;
    sightings.push(sighting);
    const judgement = judge(world, connections, sighting);
    const problem = compare(judgement, await stage.exchange(sighting, framesOf(judgement.verdict)), connections);
    if (judgement.changes) connections.replace(judgement.changes.was, judgement.changes.becomes);
    // The translation is made before the packet meets its end.
    if (judgement.opens && judgement.verdict.kind === 'dropped')
      connections.add(await made(stage, world, judgement.opens));
    if (problem !== undefined) {
      const disagreement = { packet: sightings.length - 1, expected: describe(judgement.verdict), seen: problem };
      return { sightings, disagreement };
    }
    const { verdict } = judgement;
    for (const [reason, count] of dropsOf(verdict, sighting)) drops.set(reason, (drops.get(reason) ?? 0) + count);
  }
  return { sightings, disagreement: await books(stage, before, drops, connections, world) };
}

function dropsOf(verdict: Verdict, { frame, pieces }: Sighting): readonly (readonly [DropReason, number])[] {
  if (verdict.kind !== 'dropped' && verdict.kind !== 'leaves') return [];
  const { firstPiece } = verdict;
  const ofFirst = firstPiece === undefined ? [] : [[firstPiece, 1] as const];
  if (verdict.kind === 'leaves') return ofFirst;
  return [[verdict.reason, piecesOf(frame, pieces).length - ofFirst.length], ...ofFirst];
}

/** How many come out. */
export function framesOf(verdict: Verdict): number {
  return verdict.kind === 'leaves' ? piecesOf(verdict.as.frame, verdict.as.pieces).length : 0;
}

/** Undefined: they agree. Takes note of the connection that a packet opened. */
export function compare(
  { verdict, opens }: Judgement,
  seen: readonly Seen[],
  connections: Connections,
): string | undefined {
  const [first] = seen;
  if (verdict.kind !== 'leaves') {
    return first ? describeSeen(seen) : undefined;
  }
  if (!first) return describeSeen(seen);
  const { as, choice } = verdict;
  let expected = as.frame;
  let opened = opens;
  if (opens && choice) {
    const port = Math.max(...seen.map(({ frame }) => sourcePortOf(frame)));
    opened = { ...opens, outsidePort: port };
    if (port < choice.min || port > choice.max || connections.isTaken(opened)) return describeSeen(seen);
    expected = withSourcePort(expected, port);
  }
  // Connection tracking gathers pieces, and sends them on in their order.
  const right = piecesOf(expected, as.pieces).map(piece => Buffer.from(buildFrame(piece)));
  const isSame =
    seen.every(({ device, tunnel }) => device === as.device && sameTunnel(tunnel, as.tunnel)) &&
    sameFrames(
      seen.map(({ bytes }) => Buffer.from(bytes)),
      right,
    );
  if (!isSame) return describeSeen(seen);
  if (opened) connections.add(opened);
  return undefined;
}

/** A connection whose first packet did not come out: conntrack says which port it got. */
async function made(stage: Stage, world: World, opened: Connection): Promise<Connection> {
  const [orig = ''] = conntrackLine(world, opened).split(' | ');
  const line = (await conntrack(stage, world)).find(text => text.startsWith(`${orig} |`));
  const port = /dport=(\d+)$/.exec(line ?? '')?.[1];
  return port === undefined ? opened : { ...opened, outsidePort: Number(port) };
}

/** Who talks to whom, a line each, without states. A zone whose tenant is gone is flushed by other means. */
async function conntrack({ ovs }: Stage, { zones }: World): Promise<string[]> {
  const known = new Set(zones.values());
  return (await ovs.appctl('dpctl/dump-conntrack'))
    .split('\n')
    .filter(line => known.has(zoneOf(line)))
    .map(tupleOf)
    .sort();
}

function sameFrames(seen: readonly Buffer[], right: readonly Buffer[]): boolean {
  const sorted = (frames: readonly Buffer[]) => [...frames].sort((a, b) => a.compare(b));
  const expected = sorted(right);
  return seen.length === right.length && sorted(seen).every((bytes, i) => expected[i]?.equals(bytes));
}

/** Of TCP and UDP, of a first piece too; -1: there is none. */
function sourcePortOf({ payload }: Frame): number {
  if (payload.kind !== 'ipv4' || payload.fragmentOffset > 0) return -1;
  const { payload: inner } = payload;
  if (inner.kind === 'tcp' || inner.kind === 'udp') return inner.sourcePort;
  const isCut = inner.kind === 'ip' && (inner.protocol === 6 || inner.protocol === 17);
  return isCut ? (inner.data[0] ?? 0) * 0x100 + (inner.data[1] ?? 0) : -1;
}

function withSourcePort(frame: Frame, sourcePort: number): Frame {
  const { payload } = frame;
  if (payload.kind !== 'ipv4') return frame;
  const inner = payload.payload;
  if (inner.kind !== 'tcp' && inner.kind !== 'udp') return frame;
  return { ...frame, payload: { ...payload, payload: { ...inner, sourcePort } } };
}

function sameTunnel(a: Tunnel | undefined, b: Tunnel | undefined): boolean {
  if (!a || !b) return a === b;
  return a.vni === b.vni && a.source.value === b.source.value && a.destination.value === b.destination.value;
}

/** Packets that each drop has counted, by its reason. Megaflows' counts are pushed to the flows first. */
async function readDrops(stage: Stage): Promise<Map<string, number>> {
  await stage.ovs.appctl('revalidator/purge');
  const counts = new Map<string, number>();
  for (const connection of stage.connections)
    for await (const flow of connection.dumpFlows({})) {
      const reason = decodeCookie(flow.cookie)?.drop;
      if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + Number(flow.packetCount));
    }
  return counts;
}

async function books(
  stage: Stage,
  before: ReadonlyMap<string, number>,
  drops: ReadonlyMap<DropReason, number>,
  connections: Connections,
  world: World,
): Promise<Disagreement | undefined> {
  const after = await readDrops(stage);
  const counted = new Map([...after].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const));
  const text = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .filter(([, count]) => count !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ');
  if (text(counted) !== text(drops))
    return { packet: undefined, expected: `drops: ${text(drops)}`, seen: `drops: ${text(counted)}` };
  const held = await conntrack(stage, world);
  const expected = connections.all.map(connection => conntrackLine(world, connection)).sort();
  if (held.join('\n') === expected.join('\n')) return undefined;
  return { packet: undefined, expected: `conntrack: ${expected.join('; ')}`, seen: `conntrack: ${held.join('; ')}` };
}

/** What a line of dpctl/dump-conntrack says of who talks to whom, without states. */
function tupleOf(line: string): string {
  const protocol = /^\w+/.exec(line)?.[0] ?? '';
  const tuple = (name: string): string =>
    (new RegExp(`${name}=\\(([^)]*)\\)`).exec(line)?.[1] ?? '').replace(/,type=.*/, '');
  return `${zoneOf(line)} ${protocol} ${tuple('orig')} | ${tuple('reply')}`;
}

function zoneOf(line: string): number {
  return Number(/zone=(\d+)/.exec(line)?.[1]);
}

function conntrackLine({ zones }: World, { protocol, ...of }: Connection): string {
  const ends = (source: number, sourcePort: number, destination: number, destinationPort: number): string => {
    const addresses = `src=${formatIp(v4(source))},dst=${formatIp(v4(destination))}`;
    return protocol === 'icmp'
      ? `${addresses},id=${sourcePort}`
      : `${addresses},sport=${sourcePort},dport=${destinationPort}`;
  };
  if (of.isFromOutside) {
    const began = ends(of.remote, of.remotePort, of.outside, of.outsidePort);
    return `${zones.get(of.tenant)} ${protocol} ${began} | ${ends(of.inside, of.insidePort, of.remote, of.remotePort)}`;
  }
  const orig = ends(of.inside, of.insidePort, of.remote, of.remotePort);
  return `${zones.get(of.tenant)} ${protocol} ${orig} | ${ends(of.remote, of.remotePort, of.outside, of.outsidePort)}`;
}

function v4(value: number): Ip {
  return { family: 4, value };
}

export function describe(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'dropped':
      return `dropped: ${verdict.reason}`;
    case 'to-kernel':
      return 'goes to the node itself';
    case 'punted':
      return 'punted to pointsman';
    case 'leaves': {
      const ports = verdict.choice ? `, from a port of ${verdict.choice.min} to ${verdict.choice.max}` : '';
      return `leaves ${describeSighting(verdict.as)}${ports}`;
    }
  }
}

function describeSeen(seen: readonly Seen[]): string {
  return seen.length === 0 ? 'nothing comes out' : `leaves ${seen.map(describeSighting).join(' and ')}`;
}

/** A line for people. */
export function describeSighting({ device, tunnel, frame, pieces }: Sighting): string {
  const way = tunnel ? `, VNI ${tunnel.vni} ${formatIp(tunnel.source)} → ${formatIp(tunnel.destination)}` : '';
  const tags = frame.tags.map(({ type, id }) => `, tag ${type.toString(16)} ${id}`).join('');
  return `${device}${way}${tags}, ${formatMac(frame.source)} → ${formatMac(frame.destination)}, ${describePayload(frame)}${pieces ? `, in pieces of ${pieces.size}${pieces.isReversed ? ', the last first' : ''}` : ''}`;
}

function describePayload({ payload }: Frame): string {
  switch (payload.kind) {
    case 'arp':
      return `ARP ${payload.operation === 1 ? 'who has' : 'reply'} ${formatIp(v4(payload.target))} tell ${formatIp(v4(payload.sender))}, sender ${formatMac(payload.senderMac)}`;
    case 'ipv4':
    case 'ipv6': {
      const family = payload.kind === 'ipv4' ? 4 : 6;
      const ip = (value: number | bigint): string => formatIp({ family, value } as Ip);
      const ttl = payload.kind === 'ipv4' ? payload.ttl : payload.hopLimit;
      const { payload: inner } = payload;
      const ports = 'sourcePort' in inner ? ` ${inner.sourcePort} → ${inner.destinationPort}` : '';
      const type = 'type' in inner ? ` type ${inner.type} id ${inner.rest >>> 16}` : '';
      const flags =
        inner.kind === 'tcp' ? ` flags ${inner.flags} seq ${inner.sequence} ack ${inner.acknowledgement}` : '';
      const piece =
        payload.kind === 'ipv4' && (payload.moreFragments || payload.fragmentOffset > 0)
          ? ` piece at ${payload.fragmentOffset}`
          : '';
      const wrong = 'checksum' in inner || 'checksum' in payload ? ', WRONG CHECKSUM' : '';
      return `${ip(payload.source)} → ${ip(payload.destination)} ttl ${ttl} ${inner.kind}${ports}${flags}${type}${piece}${wrong}`;
    }
    case 'other':
      return `EtherType ${payload.etherType.toString(16)}`;
  }
}
