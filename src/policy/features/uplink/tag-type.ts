// Tables `tag_type` and `vlan`, for ports that check the type of a tag. OpenFlow has no field for the type of a lone tag; a
// second one shows as the type of the frame (`vlan-limit`). So another tag is pushed, the frame is looked at, and the tag
// is popped and the frame looked at again. Of what makes OVS look at a frame anew only the end of an NSH header does it
// whatever the frame is; none of it is for hardware.

import type { Action } from '../../../openflow/actions/all.ts';
import { etherTypes, vlanPresent } from '../../constants.ts';
import { ofportKey, ofports, only, self } from '../../facts/base.ts';
import { uplinks } from '../../facts/derived.ts';
import type { NodeConfig } from '../../node.ts';
import { physicalTables } from '../../pipeline.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { is } from '../words/match-and-action.ts';

/** NSH (RFC 8300) as a packet type: namespace 1, EtherType 0x894f. */
const nsh = 0x1894f;
/** `decap` to whatever the header says comes next. */
const whateverIsNext = 0xfffe;

const isAnyTag = is('vlan_vid', vlanPresent, vlanPresent);

/** The rest of the actions is for the frame as it is now, and not as it was matched. */
function lookAgain(table: keyof typeof physicalTables): Action[] {
  return [
    { kind: 'encap', packetType: nsh, properties: [{ kind: 'nsh_md_type', mdType: 1 }] },
    { kind: 'decap', packetType: whateverIsNext },
    { kind: 'resubmit', table: physicalTables[table] },
  ];
}

export function checksTagType({ physicalPorts }: NodeConfig, port: string): boolean {
  return physicalPorts.some(({ name, checksTagType }) => name === port && checksTagType === true);
}

/** The table in which the tagged frames of a port are told apart. */
export function tableOfTagged(node: NodeConfig | undefined, port: string): 'uplink' | 'vlan' {
  return node && checksTagType(node, port) ? 'vlan' : 'uplink';
}

export const pushTag = flowUnit({
  name: 'uplink/push-tag',
  over: uplinks,
  reads: [self, ofports],
  flows: (uplink, facts) => {
    const port = facts.get(ofports, ofportKey('physical', uplink.port))?.ofport;
    if (port === undefined || tableOfTagged(facts.get(self, only), uplink.port) === 'uplink') return [];
    return [
      flow({
        table: 'uplink',
        priority: 200,
        match: [is('in_port', port), isAnyTag],
        actions: [{ kind: 'push_vlan', etherType: etherTypes.vlan }, ...lookAgain('tag_type')],
      }),
    ];
  },
});

export const popTag = flowUnit({
  name: 'uplink/pop-tag',
  over: self,
  reads: [],
  flows: node =>
    node.physicalPorts.some(({ name }) => checksTagType(node, name))
      ? [
          flow({
            table: 'tag_type',
            priority: 100,
            match: [is('eth_type', etherTypes.vlan), isAnyTag],
            actions: [{ kind: 'pop_vlan' }, ...lookAgain('vlan')],
          }),
        ]
      : [],
});
