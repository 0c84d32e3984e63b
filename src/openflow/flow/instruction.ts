// Instructions of OpenFlow 1.5.1 section 5.9, as data.

import type { Action } from './action.ts';

export type Instruction =
  | { readonly kind: 'apply_actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'write_actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'clear_actions' }
  | { readonly kind: 'write_metadata'; readonly value: bigint; readonly mask?: bigint }
  | { readonly kind: 'goto_table'; readonly table: number }
  /** An instruction this library does not know, header and all. */
  | { readonly kind: 'unknown_instruction'; readonly bytes: Uint8Array };
