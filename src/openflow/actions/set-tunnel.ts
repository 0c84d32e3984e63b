// NXAST_SET_TUNNEL and NXAST_SET_TUNNEL64; texts become a set_field.

import { hex } from '../text/format-value.ts';
import { parseUnsigned } from '../text/parse/parse-number.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** NXAST_SET_TUNNEL; `wide`: NXAST_SET_TUNNEL64. */
export interface SetTunnelAction {
  readonly kind: 'set_tunnel';
  readonly tunnel: bigint;
  readonly wide?: boolean;
}

const parse: ActionParser = value => ({
  kind: 'set_field',
  field: 'tun_id',
  value: parseUnsigned(value, 64, 'a tunnel id'),
});

export const setTunnel: ActionDefinition<SetTunnelAction> = {
  kind: 'set_tunnel',
  forms: [
    {
      place: nicira(2),
      fits: action => !action.wide,
      encode(action, writer) {
        writer.zeros(2);
        writer.u32(Number(action.tunnel));
      },
      decode(reader) {
        reader.pad(2);
        return { kind: 'set_tunnel', tunnel: BigInt(reader.u32()) };
      },
    },
    {
      place: nicira(9),
      encode(action, writer) {
        writer.zeros(6);
        writer.u64(action.tunnel);
      },
      decode(reader) {
        reader.pad(6);
        return { kind: 'set_tunnel', tunnel: reader.u64(), wide: true };
      },
    },
  ],
  print: action => `set_tunnel${action.wide || action.tunnel > 0xffffffffn ? '64' : ''}:${hex(action.tunnel)}`,
  words: { set_tunnel: parse, set_tunnel64: parse },
};
