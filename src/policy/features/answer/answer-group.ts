// A metered packet's way to table `answer`. vswitchd's slow path carries answers out, and would swallow a meter that stands in
// the same pass; so there is a recirculation between. Of the actions that recirculate, ct() refuses ARP; a select group hashes
// the packet in the datapath (dp_hash, the default since OVS 2.10) and looks it up again, whatever it is.

import type { Action } from '../../../openflow/actions/all.ts';
import { unit } from '../../engine/unit.ts';
import { self } from '../../facts/base.ts';
import { groups } from '../../facts/outcome.ts';
import { groupTables, tables } from '../../pipeline.ts';

export const toAnswer: Action = { kind: 'group', group: groupTables.answer };

export const answerGroup = unit({
  name: 'answer/group',
  over: self,
  reads: [],
  writes: [groups],
  emit: (_, __, out) =>
    out.put(groups, {
      group: groupTables.answer,
      type: 'select',
      buckets: [{ weight: 1, actions: [{ kind: 'resubmit', table: tables.answer }] }],
    }),
});
