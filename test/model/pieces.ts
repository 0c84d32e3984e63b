// An IP packet that its sender has cut (RFC 791 section 3.2, RFC 8200 section 4.5), and its pieces on the wire.

import { buildFrame, type Frame } from '../../src/openflow/packet/frame.ts';

/** How a packet was cut. */
export interface Pieces {
  /** Of IP's payload in each but the last, a multiple of 8. */
  readonly size: number;
  /** The last comes first. */
  readonly isReversed: boolean;
  /** Of the message's type: it has not come through. */
  readonly isWithoutFirst?: boolean;
}

const fragmentHeader = 44;

/** In the order in which they are sent. A frame that is not cut is its only piece. */
export function piecesOf(frame: Frame, cut: Pieces | undefined): Frame[] {
  const { payload } = frame;
  if (!cut || (payload.kind !== 'ipv4' && payload.kind !== 'ipv6')) return [frame];
  const headers = payload.kind === 'ipv4' ? 20 + payload.options.length : 40;
  // As bytes, with the checksum of the whole.
  const bytes = buildFrame({ ...frame, tags: [], trailer: new Uint8Array(0) }).subarray(14 + headers);
  const protocol = payload.payload.kind === 'ip' ? payload.payload.protocol : protocols[payload.payload.kind];
  const pieces: Frame[] = [];
  for (let offset = 0; offset < bytes.length; offset += cut.size) {
    const data = bytes.slice(offset, offset + cut.size);
    const more = offset + cut.size < bytes.length;
    const place = { dontFragment: false, moreFragments: more, fragmentOffset: offset };
    pieces.push({
      ...frame,
      payload:
        payload.kind === 'ipv4'
          ? { ...payload, ...place, payload: { kind: 'ip', protocol, data } }
          : {
              ...payload,
              payload: { kind: 'ip', protocol: fragmentHeader, data: extension(protocol, offset, more, data) },
            },
    });
  }
  if (cut.isWithoutFirst) pieces.shift();
  return cut.isReversed ? pieces.reverse() : pieces;
}

const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const;

function extension(protocol: number, offset: number, more: boolean, data: Uint8Array): Uint8Array {
  const all = new Uint8Array(8 + data.length);
  const bytes = new DataView(all.buffer);
  bytes.setUint8(0, protocol);
  bytes.setUint16(2, offset + (more ? 1 : 0));
  bytes.setUint32(4, 0x706d);
  all.set(data, 8);
  return all;
}
