// What OFPT_GET_CONFIG_REPLY and OFPT_SET_CONFIG have in common (OpenFlow 1.5.1 section 7.3.2; OVS lib/ofp-switch.c).

import { openflow13 } from '../../wire/version.ts';
import type { MessageDefinition } from './message-definition.ts';

export interface SwitchConfig<Kind extends 'get_config_reply' | 'set_config'> {
  readonly kind: Kind;
  /** OFPC_FRAG_*. */
  readonly flags: number;
  /**
   * Bytes of a packet sent to the controller on a table miss. A "service" connection (a bridge's management socket)
   * gets asynchronous messages only when this is not 0 (OVS ofproto/connmgr.c).
   */
  readonly missSendLength: number;
}

/** By OFPC_FRAG_*. */
const fragments = ['normal', 'drop', 'reassemble', 'nx-match'];

const invalidTtlToController = 4;

export function switchConfig<Kind extends 'get_config_reply' | 'set_config'>(
  kind: Kind,
  type: number,
  name: string,
): MessageDefinition<SwitchConfig<Kind>> {
  return {
    kind,
    places: [{ type }],
    encode(body, writer) {
      writer.u16(body.flags);
      writer.u16(body.missSendLength);
    },
    decode: reader => ({ kind, flags: reader.u16(), missSendLength: reader.u16() }),
    name,
    print({ flags, missSendLength, version }) {
      // The flag went with OpenFlow 1.3.
      const ttl = version < openflow13 && flags & invalidTtlToController ? ' invalid_ttl_to_controller' : '';
      return ` frags=${fragments[flags & 3]}${ttl} miss_send_len=${missSendLength}`;
    },
  };
}
