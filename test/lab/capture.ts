// What passes a device, as tcpdump prints it, with the parts that tests ask for taken out.

import type { Lab } from './lab.ts';
import type { BackgroundProcess } from './process.ts';
import { eventually, Hopeless } from './wait.ts';

export interface CapturedPacket {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** The 802.1Q tag, if the frame carries one. */
  readonly vlan: number | undefined;
  readonly length: number;
  /** The whole line. */
  readonly text: string;
}

const LINE = /^(\d+\.\d+) ([0-9a-f:]{17}) > ([0-9a-f:]{17}), .*?length (\d+): /;

export function parseCaptureLine(text: string): CapturedPacket | undefined {
  const [, time, sourceMac, destinationMac, length] = LINE.exec(text) ?? [];
  if (!time || !sourceMac || !destinationMac) return undefined;
  const vlan = /length \d+: vlan (\d+),/.exec(text)?.[1];
  return {
    time: Number(time),
    sourceMac,
    destinationMac,
    vlan: vlan === undefined ? undefined : Number(vlan),
    length: Number(length),
    text,
  };
}

export class Capture {
  private readonly child: BackgroundProcess;

  constructor(child: BackgroundProcess) {
    this.child = child;
  }

  /** What was seen so far. Lines that continue a packet belong to none here. */
  packets(): CapturedPacket[] {
    return this.child
      .stdout()
      .split('\n')
      .map(parseCaptureLine)
      .filter(packet => packet !== undefined);
  }

  matching(pattern: RegExp): CapturedPacket[] {
    return this.packets().filter(packet => pattern.test(packet.text));
  }

  /** Waits for a packet whose line matches. */
  async waitFor(pattern: RegExp, timeout = 5_000): Promise<CapturedPacket> {
    return await eventually(() => this.matching(pattern)[0], { timeout, what: `a packet like ${pattern}` });
  }

  /** Ends it; what the kernel still held is in the answer. */
  async stop(): Promise<CapturedPacket[]> {
    await this.child.stop();
    return this.packets();
  }
}

export interface CaptureOptions {
  /** Only `in` or `out`, as the namespace of the device sees it. */
  readonly direction?: 'in' | 'out';
}

/** Starts tcpdump on a device, and returns once it listens. */
export async function capture(
  lab: Lab,
  netns: string,
  device: string,
  filter = '',
  options: CaptureOptions = {},
): Promise<Capture> {
  const direction = options.direction ? [`--direction=${options.direction}`] : [];
  const child = await lab.start(
    'tcpdump',
    ['-i', device, '-n', '-e', '-tt', '-l', '--immediate-mode', ...direction, ...(filter ? [filter] : [])],
    { netns, name: `tcpdump on ${device}` },
  );
  await eventually(
    () => {
      if (!child.running) throw new Hopeless(`tcpdump on ${device}: ${child.stderr()}`);
      return child.stderr().includes('listening on');
    },
    { what: `tcpdump on ${device}`, interval: 10, timeout: 5_000 },
  );
  return new Capture(child);
}
