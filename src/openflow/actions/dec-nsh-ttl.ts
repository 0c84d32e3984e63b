// NXAST_DEC_NSH_TTL.

import { etherTypes } from '../flow/protocol-numbers.ts';
import { encapTypes } from './encap.ts';
import { need } from './shared/action-check.ts';
import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Take one from the TTL of the NSH header. */
export type DecNshTtlAction = BareAction<'dec_nsh_ttl'>;

export const decNshTtl: ActionDefinition<DecNshTtlAction> = bare(
  nicira(48),
  { kind: 'dec_nsh_ttl' },
  {
    check(_, { packetType, etherType }, options) {
      const isNsh = packetType === encapTypes.nsh || etherType === etherTypes.nsh;
      need(isNsh, 'with dec_nsh_ttl also eth_type=0x894f', options);
    },
  },
);
