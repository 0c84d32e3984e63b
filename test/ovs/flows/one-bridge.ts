// A bridge of a private switch, and installers of it.

import type { Test } from 'tap';
import {
  FlowInstaller,
  type FlowInstallerOptions,
  type InstallReport,
} from '../../../src/controller/flows/installer.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { type FlowEntry, parseActiveEndpoint, SwitchConnection } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import type { BridgeProgram } from '../../fixtures/compile.ts';
import { desiredOf } from '../../fixtures/desired-of.ts';
import { Lab } from '../../lab/lab.ts';
import { type LabOvs, startOvs } from '../../lab/ovs.ts';

export async function openBridge(t: Test): Promise<LabOvs> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const ovs = await startOvs(lab, { netns: await lab.namespace('node') });
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
  await ovs.requireNoErrors();
  return ovs;
}

export async function openInstaller(
  t: Test,
  ovs: LabOvs,
  options: Partial<FlowInstallerOptions> & { readonly requestTimeout?: number } = {},
): Promise<FlowInstaller> {
  const endpoint = parseActiveEndpoint(ovs.managementEndpoint('br0'), 6653);
  const reconnect = { minBackoff: 20, maxBackoff: 100 };
  const connection = new SwitchConnection({ endpoint, reconnect, requestTimeout: options.requestTimeout });
  t.teardown(() => connection.close());
  const connected = new Promise<void>(resolve => {
    connection.once('connected', () => resolve());
  });
  const installer = new FlowInstaller({ bridge: 'br0', connection, logger: silentLogger, ...options });
  connection.start();
  await connected;
  return installer;
}

export function install(installer: FlowInstaller, program: BridgeProgram): Promise<InstallReport> {
  return installer.install(desiredOf(program));
}

export const flowLines = (dump: string) => dump.split('\n').filter(line => line.includes('cookie='));

export const ofRoute = (id: number) => encodeCookie({ kind: 'routes', id });

/** In tables that the pipeline does not have. */
export function plainFlow(priority: number, cookie = ofRoute(1), more: Partial<FlowEntry> = {}): FlowEntry {
  return { table: 120, priority, cookie, match: [], instructions: [{ kind: 'goto_table', table: 121 }], ...more };
}

/** What OVS refuses at the commit, and as the first only. */
export function badFlow(priority: number, cookie: bigint): FlowEntry {
  return plainFlow(priority, cookie, {
    instructions: [{ kind: 'apply_actions', actions: [{ kind: 'group', group: 4711 }] }],
  });
}
