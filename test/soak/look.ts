// One look at a node: what the two bridges hold, beside a program made from nothing out of what the state database holds and the switch
// shows. Every look reads all of it anew, with connections of its own.

import { once } from 'node:events';
import { observedPorts } from '../../src/controller/bridges/observe-ports.ts';
import { switchMonitor } from '../../src/controller/bridges/switch-source.ts';
import { groupContent, meterContent } from '../../src/controller/flows/installed.ts';
import { LiveView } from '../../src/controller/state/live-view.ts';
import { stateMonitor } from '../../src/controller/state/state-monitor.ts';
import { membershipOf } from '../../src/controller/state/view.ts';
import {
  type FlowEntry,
  formatFlow,
  formatGroup,
  formatMeter,
  parseActiveEndpoint,
  SwitchConnection,
  sealFlow,
} from '../../src/openflow/index.ts';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../src/ovsdb/generated/open-vswitch.ts';
import { type PointsmanTables, pointsmanSchema } from '../../src/ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../../src/ovsdb/index.ts';
import { ownedCookie, ownedCookieMask } from '../../src/policy/cookies.ts';
import { type BridgeProgram, compile } from '../fixtures/compile.ts';
import type { SoakStage } from './stage.ts';

export interface Look {
  /** Of the state database. */
  readonly generation: number;
  /** `kind/name` of all objects there. */
  readonly objects: ReadonlySet<string>;
  /** Lines: what is missing, too much, or foreign. */
  readonly differences: readonly string[];
  /** Flows of others, as `bridge flow`. */
  readonly foreign: readonly string[];
  readonly flows: number;
}

const patience = 5_000;

export async function look(stage: SoakStage): Promise<Look> {
  const { generation, objects, desired } = await desiredOf(stage);
  const integration = await read(stage, 'br-int');
  const physical = await read(stage, 'br-phy');
  return {
    generation,
    objects,
    foreign: [...integration.foreign, ...physical.foreign],
    flows: desired.integration.flows.length + desired.physical.flows.length,
    differences: [
      ...differences('br-int', desired.integration, integration),
      ...differences('br-phy', desired.physical, physical),
    ],
  };
}

async function desiredOf({ stateSocket, node, config }: SoakStage) {
  const state = new OvsdbClient<PointsmanTables>({
    remotes: [{ kind: 'unix', path: stateSocket }],
    schema: pointsmanSchema,
    monitor: stateMonitor,
  });
  const database = new OvsdbClient<OpenVSwitchTables>({
    remotes: [parseActiveEndpoint(node.dbEndpoint, 6640)],
    schema: openVSwitchSchema,
    monitor: switchMonitor,
  });
  try {
    state.start();
    database.start();
    const signal = AbortSignal.timeout(patience);
    await Promise.all([state.synced(signal), database.synced(signal)]);
    const view = new LiveView(state.replica);
    const { documents, allocations, generation } = view;
    const membership = membershipOf(view, config.name);
    const desired = compile(config, { documents, allocations, membership }, observedPorts(config, database));
    return { generation, objects: new Set(view.objects.keys()), desired };
  } finally {
    await Promise.all([state.close(), database.close()]);
  }
}

interface Held extends BridgeProgram {
  readonly foreign: readonly string[];
}

async function read({ node }: SoakStage, bridge: string): Promise<Held> {
  const endpoint = parseActiveEndpoint(node.managementEndpoint(bridge), 6653);
  const connection = new SwitchConnection({ endpoint, requestTimeout: patience });
  try {
    connection.on('error', () => undefined);
    const connected = once(connection, 'connected', { signal: AbortSignal.timeout(patience) });
    connection.start();
    await connected;
    const flows: FlowEntry[] = [];
    const foreign: string[] = [];
    for await (const flow of connection.dumpFlows()) {
      if ((flow.cookie & ownedCookieMask) === ownedCookie) flows.push(flow);
      else foreign.push(`${bridge} ${formatFlow(flow)}`);
    }
    return { flows, foreign, groups: await connection.groupDesc(), meters: await connection.meterConfig() };
  } finally {
    await connection.close();
  }
}

/** By its key, what an entry says, and its text for people. */
type Entries = ReadonlyMap<string, { readonly content: string; readonly text: string }>;

function differences(bridge: string, wanted: BridgeProgram, held: BridgeProgram): string[] {
  const [want, have] = [entriesOf(wanted), entriesOf(held)];
  const lines: string[] = [];
  for (const [key, { content, text }] of want) {
    const there = have.get(key);
    if (!there) lines.push(`${bridge} lacks ${text}`);
    else if (there.content !== content) lines.push(`${bridge} has ${there.text} instead of ${text}`);
  }
  for (const [key, { text }] of have) if (!want.has(key)) lines.push(`${bridge} has still ${text}`);
  return lines;
}

function entriesOf({ flows, groups, meters }: BridgeProgram): Entries {
  return new Map([
    ...flows.map(flow => {
      const { key, content } = sealFlow(flow);
      return [`flow ${key}`, { content, text: formatFlow(flow) }] as const;
    }),
    ...groups.map(
      group => [`group ${group.group}`, { content: groupContent(group), text: formatGroup(group) }] as const,
    ),
    ...meters.map(
      meter => [`meter ${meter.meter}`, { content: meterContent(meter), text: formatMeter(meter) }] as const,
    ),
  ]);
}
