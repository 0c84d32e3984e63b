// Instructions of OpenFlow 1.5.1 section 5.9, as data.

import type { Action } from '../actions/all.ts';

/** What a flow does with a packet, in the order in which OpenFlow does it (OpenFlow 1.5.1 section 7.2.5). */
export type Instruction =
  | { readonly kind: 'apply_actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'write_actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'clear_actions' }
  | { readonly kind: 'write_metadata'; readonly value: bigint; readonly mask?: bigint }
  | { readonly kind: 'goto_table'; readonly table: number }
  /** OpenFlow 1.3 and 1.4; 1.5 has an action instead. */
  | { readonly kind: 'meter'; readonly meter: number }
  /** OpenFlow 1.5: tell the controller when a statistic passes a threshold. */
  | {
      readonly kind: 'stat_trigger';
      /** 1 periodic, 2 only the first. */
      readonly flags: number;
      /** The OXS list of thresholds, frame and padding included. */
      readonly thresholds: Uint8Array;
    }
  /** An instruction this library does not know, header and all. */
  | { readonly kind: 'unknown_instruction'; readonly bytes: Uint8Array };
