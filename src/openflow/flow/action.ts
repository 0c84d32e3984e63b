// Actions as data, named as in ovs-actions(7). The codec table (codec/actions) says what each is on the wire.

import type { FieldName } from './fields.ts';
import type { FieldRef, MatchField, Subfield } from './match.ts';

/**
 * The wire form an action came in, where it is not the one its version writes it in: `encode` keeps to it.
 * Named by OVS's constants (lib/ofp-actions.c).
 */
export type WireForm =
  | 'NXAST_CONTROLLER2'
  | 'NXAST_LEARN2'
  | 'NXAST_OUTPUT_REG2'
  | 'NXAST_REG_LOAD2'
  | 'NXAST_REG_MOVE'
  | 'NXAST_RESUBMIT'
  | 'NXAST_SAMPLE2'
  | 'NXAST_SAMPLE3'
  | 'NXAST_SAMPLE4'
  | 'ONFACT_COPY_FIELD';

/** An action without arguments. */
export interface BareAction<Kind extends string> {
  readonly kind: Kind;
}

/** Pushes or pops a header; the Ethertype is that of the new header, or of what is left. */
export interface EtherTypeAction<Kind extends string> {
  readonly kind: Kind;
  readonly etherType: number;
}

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

/** `nat(...)`. Without `direction`: translate as the connection was committed (ovs-actions(7)). */
export interface CtNat {
  readonly direction?: 'src' | 'dst';
  readonly persistent?: boolean;
  readonly mode?: 'hash' | 'random';
  readonly address?:
    | { readonly family: 4; readonly min: number; readonly max?: number }
    | { readonly family: 6; readonly min: bigint; readonly max?: bigint };
  readonly port?: { readonly min: number; readonly max?: number };
}

/** `set_field`; without `mask` the whole field (ovs-actions(7)). */
export interface SetFieldAction extends MatchField {
  readonly kind: 'set_field';
  readonly form?: WireForm;
}

/** `controller(...)`: send the packet to the controller. */
export interface ControllerAction {
  readonly kind: 'controller';
  /**
   * Bytes of the packet to send; 65535 is the whole packet. Of a packet of nearly 64 KiB, as segmentation offload makes
   * them, whole and message around it do not fit one message: 65000 is always safe.
   */
  readonly maxLength: number;
  readonly controllerId?: number;
  /** OFPR_*; 1, an action, when absent. */
  readonly reason?: number;
  readonly userdata?: Uint8Array;
  readonly pause?: boolean;
  readonly meter?: number;
  readonly form?: WireForm;
}

/** `learn(...)`: add or change a flow, made from the packet's fields (ovs-actions(7)). */
export interface LearnAction {
  readonly kind: 'learn';
  /** 0 to 254. */
  readonly table: number;
  /** Seconds; absent or 0: never. */
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  /** Timeouts from the moment a FIN or RST is seen, seconds. */
  readonly finIdleTimeout?: number;
  readonly finHardTimeout?: number;
  /** 32768 when absent. */
  readonly priority?: number;
  readonly cookie?: bigint;
  /** NX_LEARN_F_*: 1 send_flow_rem, 2 delete_learned; 4, a result is written, comes with `result`. */
  readonly flags?: number;
  /** How many flows may have this cookie in this table; absent or 0: any number. */
  readonly limit?: number;
  /** One bit: whether the limit left room. */
  readonly result?: Subfield;
  readonly specs: readonly LearnSpec[];
  readonly form?: WireForm;
}

/** What the learned flow matches, loads or outputs to, taken from the packet or given (ovs-actions(7)). */
export type LearnSpec =
  | { readonly kind: 'match' | 'load'; readonly from: Subfield; readonly to: Subfield }
  | { readonly kind: 'match' | 'load'; readonly value: bigint; readonly to: Subfield }
  | { readonly kind: 'output'; readonly from: Subfield };

/** Which fields a hash takes (NX_HASH_FIELDS_*), or a number OVS does not know. */
export type HashFields =
  | 'eth_src'
  | 'symmetric_l4'
  | 'symmetric_l3l4'
  | 'symmetric_l3l4+udp'
  | 'nw_src'
  | 'nw_dst'
  | 'symmetric_l3'
  | number;

/** `multipath(...)`: hash the packet and store a link number (ovs-actions(7)). */
export interface MultipathAction {
  readonly kind: 'multipath';
  readonly fields: HashFields;
  /** 0 to 65535; feeds the hash. */
  readonly basis: number;
  readonly algorithm: 'modulo_n' | 'hash_threshold' | 'hrw' | 'iter_hash' | number;
  /** 1 to 65536. */
  readonly links: number;
  /** For `iter_hash`. */
  readonly argument: number;
  readonly to: Subfield;
}

/** `bundle(...)`, or with `to` `bundle_load(...)`: choose a member port that is up (ovs-actions(7)). */
export interface BundleAction {
  readonly kind: 'bundle';
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: 'active_backup' | 'hrw' | number;
  readonly members: readonly number[];
  readonly to?: Subfield;
}

/** `sample(...)`: IPFIX (ovs-actions(7)). */
export interface SampleAction {
  readonly kind: 'sample';
  /** Of 65535. */
  readonly probability: number;
  readonly collectorSet: number;
  /** Or up to 32 bits of a field, since OVS 3.4. */
  readonly observationDomain: number | Subfield;
  readonly observationPoint: number | Subfield;
  readonly samplingPort?: number;
  readonly direction?: 'ingress' | 'egress' | number;
  readonly form?: WireForm;
}

/** `encap(...)`: push a header (OVS include/openvswitch/ofp-ed-props.h). */
export interface EncapAction {
  readonly kind: 'encap';
  /** Namespace in the high 16 bits, type in the low: 0 ethernet, 0x1894f nsh, 0x18847 mpls, 0x18848 mpls_mc. */
  readonly packetType: number;
  /** Bytes; 0 lets the switch choose. */
  readonly headerSize?: number;
  readonly properties?: readonly EncapProperty[];
}

/** What a pushed header starts with (ovs-actions(7)). */
export type EncapProperty =
  | { readonly kind: 'nsh_md_type'; readonly mdType: number }
  | { readonly kind: 'nsh_tlv'; readonly tlvClass: number; readonly type: number; readonly value: Uint8Array }
  /** A property this library does not know, header and padding included. */
  | { readonly kind: 'unknown_property'; readonly bytes: Uint8Array };

/**
 * Fields that the actions of OpenFlow 1.0 and 1.1 set; since 1.2 they are deprecated, but switches take them
 * (OpenFlow 1.1 section A.2.5).
 */
export type LegacyField =
  | 'vlan_vid'
  | 'vlan_pcp'
  | 'dl_src'
  | 'dl_dst'
  | 'nw_src'
  | 'nw_dst'
  | 'nw_tos'
  | 'nw_ecn'
  | 'tp_src'
  | 'tp_dst'
  | 'mpls_label'
  | 'mpls_tc';

/** What happens to a packet: the actions of ovs-actions(7). */
export type Action =
  /** `maxLength` counts for the controller port only. */
  | { readonly kind: 'output'; readonly port: number; readonly maxLength?: number }
  /** Output to the port whose number is in a field. */
  | { readonly kind: 'output_reg'; readonly from: Subfield; readonly maxLength?: number; readonly form?: WireForm }
  /** Output the first `maxLength` bytes, 14 or more. */
  | { readonly kind: 'output_trunc'; readonly port: number; readonly maxLength: number }
  | { readonly kind: 'group'; readonly group: number }
  | ControllerAction
  /** Output through a queue of a port: OFPAT_SET_QUEUE, OFPAT_OUTPUT and NXAST_POP_QUEUE. */
  | { readonly kind: 'enqueue'; readonly port: number; readonly queue: number }
  | { readonly kind: 'set_queue'; readonly queue: number }
  | BareAction<'pop_queue'>
  | EtherTypeAction<'push_vlan'>
  | EtherTypeAction<'push_mpls'>
  | EtherTypeAction<'pop_mpls'>
  | EtherTypeAction<'push_pbb'>
  | BareAction<'pop_vlan'>
  | BareAction<'pop_pbb'>
  | SetFieldAction
  /** Sets part of a field: NXAST_REG_LOAD before OpenFlow 1.5. */
  | { readonly kind: 'load'; readonly to: Subfield; readonly value: bigint }
  | { readonly kind: 'move'; readonly from: Subfield; readonly to: Subfield; readonly form?: WireForm }
  | { readonly kind: 'push'; readonly subfield: Subfield }
  | { readonly kind: 'pop'; readonly subfield: Subfield }
  /** Without ids, controller 0 gets the packet whose TTL runs out. */
  | { readonly kind: 'dec_ttl'; readonly controllerIds?: readonly number[] }
  | { readonly kind: 'set_ttl'; readonly ttl: number }
  | { readonly kind: 'set_mpls_ttl'; readonly ttl: number }
  | BareAction<'dec_mpls_ttl'>
  | BareAction<'dec_nsh_ttl'>
  | BareAction<'copy_ttl_out'>
  | BareAction<'copy_ttl_in'>
  | { readonly kind: 'set_legacy'; readonly field: LegacyField; readonly value: number | bigint }
  /** NXAST_SET_TUNNEL; `wide`: NXAST_SET_TUNNEL64. */
  | { readonly kind: 'set_tunnel'; readonly tunnel: bigint; readonly wide?: boolean }
  | { readonly kind: 'delete_field'; readonly field: FieldName; readonly header?: number }
  | { readonly kind: 'meter'; readonly meter: number }
  | {
      readonly kind: 'resubmit';
      readonly table?: number;
      readonly inPort?: number;
      readonly ct?: boolean;
      readonly form?: WireForm;
    }
  | LearnAction
  /** `clause` is 0 to `clauses` - 1 (ovs-ofctl prints it from 1). */
  | { readonly kind: 'conjunction'; readonly id: number; readonly clause: number; readonly clauses: number }
  | MultipathAction
  | BundleAction
  /** Seconds; 0 leaves the timeout as it is. */
  | { readonly kind: 'fin_timeout'; readonly idleTimeout: number; readonly hardTimeout: number }
  | { readonly kind: 'note'; readonly note: Uint8Array }
  | BareAction<'exit'>
  | { readonly kind: 'nx_write_metadata'; readonly value: bigint; readonly mask: bigint }
  | SampleAction
  | BareAction<'ct_clear'>
  | CtAction
  /** A `nat` that does not stand first in its `ct`; no switch takes it. */
  | { readonly kind: 'nat'; readonly nat: CtNat }
  | { readonly kind: 'clone'; readonly actions: readonly Action[] }
  | EncapAction
  /** `packetType` 0xfffe: what the header says comes next. */
  | { readonly kind: 'decap'; readonly packetType: number }
  /** One bit: whether the packet has more than `length` bytes. */
  | { readonly kind: 'check_pkt_larger'; readonly length: number; readonly to: FieldRef & { readonly offset: number } }
  | BareAction<'debug_recirc'>
  | BareAction<'debug_slow'>
  /** An action this library does not know, header and all; it is written back as it came. */
  | { readonly kind: 'unknown_action'; readonly bytes: Uint8Array };
