// A metered packet's way to table `answer`. vswitchd's slow path carries answers out, and would swallow a meter that stands in
// the same pass; so there is a recirculation between. Of the actions that recirculate, ct() refuses ARP; a select group hashes
// the packet in the datapath (dp_hash, the default since OVS 2.10) and looks it up again, whatever it is.

import type { Action } from '../../../openflow/flow/action.ts';

export const toAnswer: Action = { kind: 'group', group: 1 };
