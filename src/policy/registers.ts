// The metadata a packet of br-int carries from table to table. Bits are declared here once and nowhere else.
//
//   reg0  31            16 15             0
//        [ egress index   | ingress index  ]   interface indexes, 0: none
//   reg1 [ tenant id                       ]   0: not known yet (shared outer interface)
//   reg2  31   22  21   20   19    18   17  16  15        0
//        [ unused |back|over|lease|peer|port|dir| zone    ]   dir: 0 from an inner interface, 1 from an outer one
//                                               port: 1 from a port of this node · peer: 1 from another node
//                                               lease: 1 while a fenced node has its lease · over: 1 to another node
//                                               back: 1 of a packet from inside to an outside address of ours
//   reg3 [ next hop, IPv4                  ]
//   xxreg1 (reg4..reg7) [ next hop, IPv6   ]
//   reg8 [ unused        | arrived by      ]   index of the port, or where there is none of the interface, it came by

import type { Subfield } from '../openflow/flow/match.ts';
import { PolicyError } from './errors.ts';

interface RegisterPlace {
  readonly bits: number;
  readonly shift: number;
}

/** By the names of fields; undefined: it is no register. Each flow asks for those of all its fields. */
const places = new Map<string, RegisterPlace | undefined>();

export const registers = declareRegisters({
  ingressInterface: { field: 'reg0', offset: 0, bits: 16 },
  egressInterface: { field: 'reg0', offset: 16, bits: 16 },
  tenant: { field: 'reg1', offset: 0, bits: 32 },
  zone: { field: 'reg2', offset: 0, bits: 16 },
  direction: { field: 'reg2', offset: 16, bits: 1 },
  fromPort: { field: 'reg2', offset: 17, bits: 1 },
  fromPeer: { field: 'reg2', offset: 18, bits: 1 },
  leased: { field: 'reg2', offset: 19, bits: 1 },
  toPeer: { field: 'reg2', offset: 20, bits: 1 },
  turnedBack: { field: 'reg2', offset: 21, bits: 1 },
  nextHop4: { field: 'reg3', offset: 0, bits: 32 },
  nextHop6: { field: 'xxreg1', offset: 0, bits: 128 },
  arrivedBy: { field: 'reg8', offset: 0, bits: 16 },
});

export type RegisterName = keyof typeof registers;

export const fromInner = 0;
export const fromOuter = 1;

/** @throws PolicyError */
export function declareRegisters<const Registers extends Readonly<Record<string, Subfield>>>(
  declared: Registers,
): Registers {
  let taken = 0n;
  for (const [name, register] of Object.entries(declared)) {
    const place = placeOf(register.field);
    if (!place || register.offset + register.bits > place.bits)
      throw new PolicyError('REGISTERS_OVERLAP', `register ${name} is not within a register of the switch`);
    const bits = bitsOf(register.field, maskOf(register));
    if ((taken & bits) !== 0n) throw new PolicyError('REGISTERS_OVERLAP', `register ${name} has a bit of another`);
    taken |= bits;
  }
  return declared;
}

function placeOf(field: string): RegisterPlace | undefined {
  const known = places.get(field);
  if (known || places.has(field)) return known;
  const place = findPlace(field);
  places.set(field, place);
  return place;
}

/** A register of 32, 64 or 128 bits among all 512 of them: xreg0 is reg0 and reg1, xxreg0 reg0 to reg3, the first highest. */
function findPlace(field: string): RegisterPlace | undefined {
  const parts = /^(x{0,2})reg(\d+)$/.exec(field);
  if (!parts) return undefined;
  const words = 2 ** (parts[1] ?? '').length;
  return { bits: 32 * words, shift: 512 - 32 * words * (Number(parts[2]) + 1) };
}

/** The mask of a bit range within its field. */
export function maskOf({ offset, bits }: Pick<Subfield, 'offset' | 'bits'>): bigint {
  return ((1n << BigInt(bits)) - 1n) << BigInt(offset);
}

export function isRegister(field: string): boolean {
  return placeOf(field) !== undefined;
}

/** Bits of a field among those of all registers; 0: it is no register. @param mask absent: the whole field */
export function bitsOf(field: string, mask?: bigint): bigint {
  const place = placeOf(field);
  return place ? (mask ?? maskOf({ offset: 0, bits: place.bits })) << BigInt(place.shift) : 0n;
}
