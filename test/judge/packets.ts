// IP packets and what is in them, by the few things that matter here.

import type { FramePayload } from '../../src/openflow/packet/frame.ts';
import type { IpPayload, TcpSegment } from '../../src/openflow/packet/transport.ts';
import type { Dice } from '../fixtures/dice.ts';

export const empty = new Uint8Array(0);

export function filler(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

/** What is cut goes by its identification: each packet has one of its own. */
export function ipv4(dice: Dice, source: number, destination: number, content: IpPayload): FramePayload {
  return {
    kind: 'ipv4',
    source,
    destination,
    ttl: 64,
    tos: 0,
    identification: dice.below(0x1_0000),
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    options: empty,
    payload: content,
  };
}

export function ipv6(source: bigint, destination: bigint, content: IpPayload): FramePayload {
  return { kind: 'ipv6', source, destination, hopLimit: 64, trafficClass: 0, flowLabel: 0, payload: content };
}

export function tcp(of: Partial<TcpSegment> = {}): TcpSegment {
  return {
    kind: 'tcp',
    sourcePort: 1024,
    destinationPort: 80,
    sequence: 1000,
    acknowledgement: 0,
    flags: 2,
    window: 64240,
    urgent: 0,
    options: empty,
    data: empty,
    ...of,
  };
}
