// Table `rate`: the tag is off by now. What has one still, or a tag's type in place of its own, had two; OVS shows it by
// `vlan-limit`.

import type { Match } from '../../../openflow/flow/match.ts';
import { etherTypes, vlanPresent } from '../../constants.ts';
import { self } from '../../facts/base.ts';
import { drop, flowUnit } from '../flow-unit.ts';
import { is } from '../words/match-and-action.ts';

const tagged: readonly Match[] = [
  [is('vlan_vid', vlanPresent, vlanPresent)],
  [is('eth_type', etherTypes.vlan)],
  [is('eth_type', etherTypes.serviceVlan)],
];

export const dropDoubleTagged = flowUnit({
  name: 'rate/tags',
  over: self,
  reads: [],
  flows: () => tagged.map(match => drop('rate', 200, 'double-tagged', match)),
});
