// What an action's text is read against: the version it is for, and the match of its flow.

import type { NameOptions } from './parse-number.ts';

export interface ActionContext extends NameOptions {
  readonly version: number;
  /** From the match: what mod_tp_src and mod_tp_dst set. */
  readonly ipProtocol: number | undefined;
  /** Whether the packet has a VLAN tag at this point: mod_vlan_vid pushes one if not. Changes as actions are read. */
  hasVlan: boolean;
  /** How many actions this one is in. */
  depth: number;
}
