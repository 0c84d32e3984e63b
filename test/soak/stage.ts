// The node that is soaked: the standard lab with the demo's intent, a spare representor and devices of machines, and streams.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/controller/config/config.ts';
import type { NodeConfig } from '../../src/policy/node.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabOvs } from '../lab/ovs.ts';
import { LabPointsman } from '../lab/pointsman.ts';
import { run } from '../lab/process.ts';
import { buildTopology, NET } from '../lab/topology.ts';
import { eventually } from '../lab/wait.ts';
import { DEMO_INTENT } from '../scenarios/world.ts';
import { type Daemon, machineDevices, spareRepresentor } from './step.ts';
import { Streams } from './streams.ts';

export interface SoakStage {
  readonly lab: Lab;
  readonly node: LabOvs;
  readonly pointsman: LabPointsman;
  readonly config: NodeConfig;
  readonly streams: Streams;
  /** Socket of the state database. */
  readonly stateSocket: string;
}

export async function buildSoakStage(lab: Lab): Promise<SoakStage> {
  const topology = await buildTopology(lab);
  const { node } = topology;
  await lab.veth(await lab.namespace('spare'), 'eth0', node.netns, spareRepresentor);
  const representors = [NET.representor, spareRepresentor];
  const pointsman = await LabPointsman.prepare(lab, node, { representors, portRest: 5 });
  await pointsman.start();
  await pointsman.cli('apply', '--wait', '-f', DEMO_INTENT);
  for (const device of machineDevices) await addMachine(node, device, undefined);
  const streams = new Streams(lab, topology);
  await streams.start();
  const { node: config } = await loadConfig(pointsman.configFile);
  return { lab, node, pointsman, config, streams, stateSocket: lab.path('pointsman', 'ovsdb', 'db.sock') };
}

/** vm0 is the machine m0. */
export async function addMachine(node: LabOvs, device: string, ofport: number | undefined): Promise<void> {
  const columns = ['type=internal', `external_ids:iface-id=${device.replace('vm', 'm')}`];
  if (ofport !== undefined) columns.push(`ofport_request=${ofport}`);
  await node.vsctl('--may-exist', 'add-port', 'br-int', device, '--', 'set', 'Interface', device, ...columns);
  await run('ip', ['link', 'set', device, 'up'], { netns: node.netns });
}

export async function pidOf(stage: SoakStage, who: Daemon): Promise<number> {
  const pid = await (async () => {
    switch (who) {
      case 'pointsman':
        return stage.pointsman.pid;
      case 'vswitchd':
        return stage.node.vswitchdPid;
      case 'switch-database':
        return await serverOf(join(stage.node.runDir, 'conf.db'));
      case 'state-database':
        return await serverOf(stage.lab.path('state', 'pointsman.db'));
    }
  })();
  if (pid === undefined) throw new Error(`no ${who} runs`);
  return pid;
}

/** The ovsdb-server on this file, once there is one. */
async function serverOf(file: string): Promise<number> {
  return await eventually(
    async () => {
      for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
        if (command[0] === 'ovsdb-server' && command.includes(file)) return Number(pid);
      }
      return undefined;
    },
    { what: `the server of ${file}`, timeout: 20_000 },
  );
}

export interface Footprint {
  /** MB. */
  readonly rss: number;
  readonly handles: number;
}

export async function footprintOf(pid: number): Promise<Footprint> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const handles = (await readdir(`/proc/${pid}/fd`)).length;
  return { rss: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024), handles };
}

/** What the handles of a process lead to, counted: for a report that there are more than there were. */
export async function handlesOf(pid: number): Promise<string> {
  const targets = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map(fd => readlink(`/proc/${pid}/fd/${fd}`).catch(() => 'gone')),
  );
  const counts = new Map<string, number>();
  for (const target of targets) {
    const what = target.replace(/\d+/g, 'N');
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}
