// Actions as data, named as in ovs-actions(7). The codec table (codec/actions) says what each is on the wire.

import type { FieldName } from './fields.ts';
import type { FieldValue, Subfield } from './match.ts';

/** `ct(...)` of ovs-actions(7): send the packet through connection tracking. */
export interface CtAction {
  readonly kind: 'ct';
  readonly commit?: boolean;
  readonly force?: boolean;
  /** 0 to 65535, or 16 bits of a field. Zone 0 when absent. */
  readonly zone?: number | Subfield;
  /** Recirculate to this table; absent: the packet goes on and the tracked copy is not looked up again. */
  readonly table?: number;
  readonly nat?: CtNat;
  /** ALG port: 21 (ftp) or 69 (tftp). */
  readonly alg?: number;
  /** `exec(...)`: only set_field and move to ct_mark and ct_label. */
  readonly exec?: readonly Action[];
}

/** `nat(...)`. Without `direction`: translate as the connection was committed. */
export interface CtNat {
  readonly direction?: 'src' | 'dst';
  readonly persistent?: boolean;
  readonly mode?: 'hash' | 'random';
  readonly address?:
    | { readonly family: 4; readonly min: number; readonly max?: number }
    | { readonly family: 6; readonly min: bigint; readonly max?: bigint };
  readonly port?: { readonly min: number; readonly max?: number };
}

export type Action =
  | { readonly kind: 'output'; readonly port: number; readonly maxLength?: number }
  | { readonly kind: 'group'; readonly group: number }
  | {
      readonly kind: 'controller';
      /** Bytes of the packet to send; 65535 is the whole packet. */
      readonly maxLength: number;
      readonly controllerId?: number;
      readonly reason?: number;
      readonly userdata?: Uint8Array;
      readonly pause?: boolean;
      readonly meter?: number;
    }
  | { readonly kind: 'push_vlan'; readonly etherType: number }
  | { readonly kind: 'pop_vlan' }
  | { readonly kind: 'set_field'; readonly field: FieldName; readonly value: FieldValue; readonly mask?: FieldValue }
  | { readonly kind: 'move'; readonly from: Subfield; readonly to: Subfield }
  | { readonly kind: 'dec_ttl' }
  | { readonly kind: 'meter'; readonly meter: number }
  | { readonly kind: 'resubmit'; readonly table?: number; readonly inPort?: number; readonly ct?: boolean }
  | { readonly kind: 'ct_clear' }
  | CtAction
  /** An action this library does not know, header and all; it is written back as it came. */
  | { readonly kind: 'unknown_action'; readonly bytes: Uint8Array };
