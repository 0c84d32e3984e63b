// What the model says of a packet: where it comes in, and what becomes of it.

import type { Ip } from '../../src/lib/address.ts';
import type { Frame } from '../../src/openflow/packet/frame.ts';
import type { DropReason } from '../../src/policy/cookies.ts';
import type { Pieces } from './pieces.ts';

/** A tunnel that a frame came by, or leaves by. */
export interface Tunnel {
  readonly vni: number;
  readonly source: Ip;
  readonly destination: Ip;
}

/** A frame at one of the node's devices: a physical port, a representor, or the device of a port. Of a tunnel packet the inner frame. */
export interface Sighting {
  readonly device: string;
  readonly tunnel?: Tunnel;
  /** Its IP packet comes in pieces; `frame` is the whole. */
  readonly pieces?: Pieces;
  readonly frame: Frame;
}

/** The outside source port of a new translation is the switch's to choose, in this range. */
export interface PortChoice {
  readonly min: number;
  readonly max: number;
}

export type Verdict =
  | {
      readonly kind: 'leaves';
      readonly as: Sighting;
      /** Its source port is any free one of the range, and not what stands in the frame. */
      readonly choice?: PortChoice;
      /** As what its first piece is dropped. */
      readonly firstPiece?: DropReason;
      /** It has another address, and nothing was remembered for it. */
      readonly isStateless?: true;
    }
  /** To pointsman, which answers. */
  | { readonly kind: 'punted' }
  /** To the node's own IP stack: the underlay of its VTEPs. */
  | { readonly kind: 'to-kernel' }
  /** `firstPiece`: as what its first piece is, when that is another reason. */
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly firstPiece?: DropReason };

export function dropped(reason: DropReason): Verdict {
  return { kind: 'dropped', reason };
}
