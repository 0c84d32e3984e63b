// The three kinds of traffic that every path is tried with, as checks.

import type { LabHost } from '../lab/hosts.ts';
import { type PingOptions, ping, tcpStream, udpEcho } from '../lab/packets.ts';
import { type Check, check } from './scenario.ts';
import type { World } from './world.ts';

const streamBytes = 2_000_000;

/**
 * The first packets of a cold path may be lost: ARP on both sides, the tunnel's own neighbour, and upcalls of a switch
 * that is busy. So one answer is awaited first, and then none may be missing.
 */
export async function pings(from: LabHost, to: string, options?: PingOptions): Promise<Check> {
  for (let tries = 0; tries < 3; tries++) if ((await ping(from, to, { count: 1 })).received === 1) break;
  const { sent, received, rtt } = await ping(from, to, options);
  const time = rtt ? `, ${rtt.average.toFixed(2)} ms` : '';
  return check(`ping ${from.name} → ${to}`, sent > 0 && received === sent, `${received} of ${sent} answered${time}`);
}

export async function silent(from: LabHost, to: string): Promise<Check> {
  const { sent, received } = await ping(from, to, { count: 2, timeout: 500 });
  return check(`ping ${from.name} → ${to} gets nothing`, received === 0, `${received} of ${sent} answered`);
}

/** A TCP stream whose bytes are compared at the far end. `expectPeer` judges whom the server saw. */
export async function streams(
  { lab }: World,
  from: LabHost,
  to: LabHost,
  expectPeer: (peer: string) => boolean,
  bytes = streamBytes,
): Promise<Check> {
  const what = `TCP ${from.name} → ${to.name}`;
  try {
    const { bytes: arrived, milliseconds, peers } = await tcpStream(lab, from, to, bytes);
    const peer = peers.at(-1) ?? 'nobody';
    const rate = ((arrived * 8) / 1000 / milliseconds).toFixed(0);
    return check(
      what,
      arrived === bytes && expectPeer(peer),
      `${arrived} bytes intact at ${rate} Mbit/s, from ${peer}`,
    );
  } catch (error) {
    return check(what, false, String(error));
  }
}

export async function datagrams(
  { lab }: World,
  from: LabHost,
  to: LabHost,
  expectPeer: (peer: string) => boolean,
): Promise<Check> {
  const what = `UDP ${from.name} → ${to.name}`;
  try {
    const { sent, received, wrong, peers } = await udpEcho(lab, from, to, { count: 10, interval: 10, timeout: 5_000 });
    const peer = peers.at(-1) ?? 'nobody';
    return check(
      what,
      received === sent && wrong === 0 && expectPeer(peer),
      `${received} of ${sent} echoed, from ${peer}`,
    );
  } catch (error) {
    return check(what, false, String(error));
  }
}

/** ICMP, TCP and UDP, one after the other. */
export async function allKinds(
  world: World,
  from: LabHost,
  to: LabHost,
  expectPeer: (peer: string) => boolean,
): Promise<Check[]> {
  return [
    await pings(from, to.ip),
    await streams(world, from, to, expectPeer),
    await datagrams(world, from, to, expectPeer),
  ];
}

/** A server sees the host's own address: nothing was translated. */
export function untranslated(host: LabHost): (peer: string) => boolean {
  return peer => peer.startsWith(`${host.ip}:`);
}
