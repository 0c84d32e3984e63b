// What comes out of a program, and goes to the switch.

import type { SealedFlow } from '../../openflow/codec/sealed-flow.ts';
import type { GroupEntry } from '../../openflow/flow/group.ts';
import type { MeterEntry } from '../../openflow/flow/meter.ts';
import { type Table, table } from '../engine/table.ts';
import type { Translations } from '../nat/translations.ts';
import type { Bridge } from './base.ts';

/** Two objects that yield one flow with different contents collide: the first of them stands. */
export const flows: { readonly [B in Bridge]: Table<SealedFlow> } = {
  integration: flowTable('integration'),
  physical: flowTable('physical'),
};

function flowTable(bridge: Bridge): Table<SealedFlow> {
  return table({
    name: `flows/${bridge}`,
    key: ({ key }: SealedFlow) => key,
    same: (a, b) => a.content === b.content,
  });
}

/** Of the integration bridge. */
export const groups = table({ name: 'groups', key: ({ group }: GroupEntry) => String(group) });
export const meters = table({ name: 'meters', key: ({ meter }: MeterEntry) => String(meter) });

export interface ZoneTranslations extends Translations {
  readonly zone: number;
}

/** What connections of a conntrack zone are measured by. */
export const translations = table({
  name: 'translations',
  key: ({ zone }: ZoneTranslations) => String(zone),
  same: (a, b) => a.fingerprint === b.fingerprint,
});
