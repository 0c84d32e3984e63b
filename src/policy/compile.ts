// The whole policy as one pure function: intent and observed ports in, flows and meters of both bridges out.
// Same input, same output, in the same order.

import type { FlowEntry } from '../openflow/flow/flow.ts';
import type { GroupEntry } from '../openflow/flow/group.ts';
import type { MeterEntry } from '../openflow/flow/meter.ts';
import { interfaceMeters, portMeters } from './meters.ts';
import type { Intent, Observed } from './model.ts';
import type { NodeConfig } from './node.ts';
import { answer, answerGroup } from './stages/answer.ts';
import { arpNd } from './stages/arp-nd.ts';
import { legsHere, portsHere, type Stage } from './stages/context.ts';
import { egress } from './stages/egress.ts';
import { gateway } from './stages/gateway.ts';
import { ingress } from './stages/ingress.ts';
import { innerNat } from './stages/inner-nat.ts';
import { innerState } from './stages/inner-state.ts';
import { interfaceLookup } from './stages/interface.ts';
import { l2Lookup } from './stages/l2-lookup.ts';
import { neighbour } from './stages/neighbour.ts';
import { outerNat } from './stages/outer-nat.ts';
import { outerState } from './stages/outer-state.ts';
import { rate } from './stages/rate.ts';
import { retag } from './stages/retag.ts';
import { route } from './stages/route.ts';
import { snat } from './stages/snat.ts';
import { snatState } from './stages/snat-state.ts';
import { source } from './stages/source.ts';
import { translated } from './stages/translated.ts';
import { uplink } from './stages/uplink.ts';

/** What one bridge should hold. */
export interface BridgeProgram {
  readonly flows: readonly FlowEntry[];
  readonly groups: readonly GroupEntry[];
  readonly meters: readonly MeterEntry[];
}

export interface Program {
  readonly integration: BridgeProgram;
  readonly physical: BridgeProgram;
}

/** In the order of the pipeline. */
const stages: readonly Stage[] = [
  ingress,
  interfaceLookup,
  rate,
  arpNd,
  source,
  l2Lookup,
  gateway,
  answer,
  outerNat,
  outerState,
  route,
  innerNat,
  innerState,
  snat,
  snatState,
  translated,
  neighbour,
  retag,
  egress,
];

export function compile(node: NodeConfig, intent: Intent, observed: Observed): Program {
  const context = {
    intent,
    ports: observed.integrationPorts,
    attached: observed.attached,
    ownMac: node.integrationMac,
    isFenced: node.fence !== undefined,
  };
  return {
    integration: {
      flows: stages.flatMap(stage => stage(context)),
      groups: [answerGroup],
      meters: [
        ...legsHere(context).flatMap(interfaceMeters),
        ...portsHere(context).flatMap(({ port: { index, interface: iface } }) =>
          portMeters({ index, arpRate: iface.arpRate }),
        ),
      ],
    },
    physical: { flows: uplink(node, intent, observed.physicalPorts), groups: [], meters: [] },
  };
}
