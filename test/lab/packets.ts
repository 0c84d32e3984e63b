// Traffic between hosts, each as one call with a result to assert on.

import { join } from 'node:path';
import type { StreamResult, UdpExchangeResult } from './agent-protocol.ts';
import { arpRequest } from './frames.ts';
import { agentOf, type TargetOptions, type UdpOptions } from './host-agent.ts';
import type { LabHost } from './hosts.ts';
import type { Lab } from './lab.ts';
import { run } from './process.ts';

/** More is a mistake in a test, not a load. */
const MOST_FRAMES = 1_000_000;

export interface PingOptions {
  readonly count?: number;
  /** Milliseconds between two requests. */
  readonly interval?: number;
  /** Bytes of payload. */
  readonly size?: number;
  /** Milliseconds for the first answer after the last request. */
  readonly timeout?: number;
  readonly dontFragment?: boolean;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds; absent when nothing came back. */
  readonly rtt: { readonly min: number; readonly average: number; readonly max: number } | undefined;
  readonly text: string;
}

/**
 * How late an answer may be, ms, for the last requests. Once there was an answer ping waits for the rest no longer than for two round
 * trips, or an interval (iputils, ping_common.c, schedule_exit()): on a busy machine the last ones come behind its end.
 */
const lateness = 100;

/** Pings from a host (or any namespace by name). The last requests, when they were not answered in time, are not counted. */
export async function ping(from: LabHost | string, to: string, options: PingOptions = {}): Promise<PingResult> {
  const { count = 3, interval = 50, size = 56, timeout = 1_000 } = options;
  const { stdout, stderr } = await run(
    'ping',
    [
      ...['-n', '-c', String(count), '-i', String(interval / 1000), '-s', String(size), '-W', String(timeout / 1000)],
      ...(options.dontFragment ? ['-M', 'do'] : []),
      to,
    ],
    {
      netns: typeof from === 'string' ? from : from.netns,
      // 1: no answer at all, 2: unreachable or a refused size. The counts tell.
      allowFailure: true,
      timeout: count * interval + timeout * 2 + 10_000,
    },
  );
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
  if (sent === undefined || received === undefined) throw new Error(`ping ${to} did not run: ${stdout}${stderr}`);
  const answered = [...stdout.matchAll(/icmp_seq=(\d+) ttl=/g)].map(([, sequence]) => Number(sequence));
  const behind = answered.length === 0 ? 0 : Number(sent) - Math.max(...answered);
  const [, min, average, max] = /= ([\d.]+)\/([\d.]+)\/([\d.]+)/.exec(stdout) ?? [];
  return {
    sent: Number(sent) - (behind * interval <= lateness ? behind : 0),
    received: Number(received),
    rtt: min === undefined ? undefined : { min: Number(min), average: Number(average), max: Number(max) },
    text: stdout + stderr,
  };
}

export interface TrafficOptions extends TargetOptions {
  /** Where the client connects to, when it is not the server's own address (NAT, load balancing). */
  readonly to?: string;
  readonly port?: number;
}

export interface TcpStreamResult extends StreamResult {
  /** Whom the server saw, `ADDRESS:PORT`. */
  readonly peers: readonly string[];
}

const serving = new WeakMap<LabHost, Map<string, Promise<void>>>();

/** Starts a server on a host unless it serves that already. */
export async function serve(
  lab: Lab,
  host: LabHost,
  kind: 'tcp-echo' | 'tcp-digest' | 'udp-echo',
  port: number,
): Promise<void> {
  const known = serving.get(host) ?? new Map<string, Promise<void>>();
  serving.set(host, known);
  const key = `${kind}:${port}`;
  const started = known.get(key) ?? startServer(lab, host, kind, port);
  known.set(key, started);
  await started;
}

async function startServer(lab: Lab, host: LabHost, kind: string, port: number): Promise<void> {
  const agent = await agentOf(lab, host);
  if (kind === 'udp-echo') await agent.serveUdp(port);
  else await agent.serveTcp(port, kind === 'tcp-echo' ? 'echo' : 'digest');
}

/** Sends random bytes over one TCP connection; rejects unless their SHA-256 is the same at the far end. */
export async function tcpStream(
  lab: Lab,
  client: LabHost,
  server: LabHost,
  bytes: number,
  options: TrafficOptions = {},
): Promise<TcpStreamResult> {
  const { to = server.ip, port = 7001 } = options;
  await serve(lab, server, 'tcp-digest', port);
  const result = await (await agentOf(lab, client)).streamTcp(to, port, bytes, options);
  return { ...result, peers: await (await agentOf(lab, server)).peers('tcp', port) };
}

/** Opens `count` TCP connections at once, each sending a little; returns their results in order. */
export async function tcpClients(
  lab: Lab,
  client: LabHost,
  server: LabHost,
  count: number,
  options: TrafficOptions & { readonly bytes?: number } = {},
): Promise<PromiseSettledResult<StreamResult>[]> {
  const { to = server.ip, port = 7001, bytes = 1000, ...target } = options;
  await serve(lab, server, 'tcp-digest', port);
  const agent = await agentOf(lab, client);
  return await Promise.allSettled(Array.from({ length: count }, () => agent.streamTcp(to, port, bytes, target)));
}

/** Connects, sends a line, and checks that it comes back. */
export async function tcpEcho(lab: Lab, client: LabHost, server: LabHost, options: TrafficOptions = {}): Promise<void> {
  const { to = server.ip, port = 7002 } = options;
  await serve(lab, server, 'tcp-echo', port);
  const connection = await (await agentOf(lab, client)).openTcp(to, port, options);
  const answer = await connection.exchange('switch set\n', options.timeout);
  await connection.close();
  if (answer !== 'switch set\n') throw new Error(`the echo said ${JSON.stringify(answer)}`);
}

/** Sends datagrams to an echo server. */
export async function udpEcho(
  lab: Lab,
  client: LabHost,
  server: LabHost,
  options: UdpOptions & { readonly to?: string; readonly port?: number } = {},
): Promise<UdpExchangeResult & { readonly peers: readonly string[] }> {
  const { to = server.ip, port = 7003 } = options;
  await serve(lab, server, 'udp-echo', port);
  const result = await (await agentOf(lab, client)).exchangeUdp(to, port, options);
  return { ...result, peers: await (await agentOf(lab, server)).peers('udp', port) };
}

export interface RawOptions {
  /** How many frames in all; the given ones are sent in turn. */
  readonly count?: number;
  /** Frames a second; 0 is as fast as the device takes them. */
  readonly pps?: number;
}

/** Sends frames as they are from a device of a namespace; returns how many went out. */
export async function rawFrames(
  netns: string,
  device: string,
  frames: readonly Uint8Array[],
  options: RawOptions = {},
): Promise<number> {
  const { count = frames.length, pps = 0 } = options;
  if (count > MOST_FRAMES) throw new Error(`${count} frames are more than ${MOST_FRAMES}`);
  const { stdout } = await run(
    '/usr/bin/python3',
    [join(import.meta.dirname, 'raw-frames.py'), device, String(count), String(pps)],
    {
      netns,
      input: frames.map(frame => `${Buffer.from(frame).toString('hex')}\n`).join(''),
      timeout: 30_000 + (pps > 0 ? (count / pps) * 1000 : 0),
    },
  );
  return Number(stdout);
}

/** Asks for an address over and over, as a broken or hostile host does. */
export async function arpFlood(host: LabHost, targetIp: string, count: number, pps: number): Promise<number> {
  return await rawFrames(host.netns, host.device, [arpRequest(host.mac, host.ip, targetIp)], { count, pps });
}
