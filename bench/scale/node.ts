// The node under measurement: a private ovs-vswitchd on the userspace datapath, and the pointsman of `dist` as a process.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kind, kinds } from '../../src/policy/kinds/names.ts';
import { Lab } from '../../test/lab/lab.ts';
import { type LabOvs, startOvs } from '../../test/lab/ovs.ts';
import { LabPointsman } from '../../test/lab/pointsman.ts';
import { run } from '../../test/lab/process.ts';
import { NET } from '../../test/lab/topology.ts';
import type { Put } from './intent.ts';

const program = [
  '--expose-gc',
  `--import=${join(import.meta.dirname, 'probe.mjs')}`,
  join(import.meta.dirname, '../../dist/controller/main.js'),
];

/** How long it may take until it is in sync, ms. */
const patience = 300_000;

export class BenchNode {
  readonly #lab: Lab;
  readonly ovs: LabOvs;
  readonly pointsman: LabPointsman;

  private constructor(lab: Lab, ovs: LabOvs, pointsman: LabPointsman) {
    this.#lab = lab;
    this.ovs = ovs;
    this.pointsman = pointsman;
  }

  static async open(): Promise<BenchNode> {
    const lab = await Lab.open();
    try {
      const netns = await lab.namespace('node');
      const peer = await lab.namespace('peer');
      await lab.veth(netns, NET.uplink, peer, 'eth0');
      await lab.veth(netns, NET.representor, peer, 'eth1');
      const ovs = await startOvs(lab, { netns });
      return new BenchNode(lab, ovs, await LabPointsman.prepare(lab, ovs, { program }));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#lab.close();
  }

  /** @returns from the start of the process until it says that the switch holds the intent, s */
  async start(): Promise<number> {
    const began = performance.now();
    await this.pointsman.startUnready(patience);
    while ((await this.pointsman.api('GET', '/readyz')).status !== 200) {
      if (performance.now() - began > patience) throw new Error('pointsman did not become ready');
      await sleep(10);
    }
    return (performance.now() - began) / 1000;
  }

  /**
   * `pointsman apply --wait` of all objects, a file of them.
   * @returns from the start of the command until the switch has them, s
   */
  async apply(puts: readonly Put[]): Promise<number> {
    const file = this.#lab.path('intent.json');
    const ofKind = (kind: Kind) => puts.filter(put => put.kind === kind).map(({ document }) => document);
    await writeFile(file, JSON.stringify(Object.fromEntries(kinds.map(kind => [kind, ofKind(kind)]))));
    const began = performance.now();
    await run(process.execPath, [...program, 'apply', '-f', file, '--wait', '--timeout', '300'], {
      env: { POINTSMAN_SERVER: `unix:${this.pointsman.socket}` },
      timeout: patience,
    });
    return (performance.now() - began) / 1000;
  }

  /** Processor time of pointsman since its start, s: other than the clock's it is its own on a machine with others. */
  get cpu(): Promise<number> {
    return cpuOf(this.pointsman.pid);
  }

  /** How many flows of the integration bridge pointsman knows to be installed. */
  async flowCount(): Promise<number> {
    const { body } = await this.pointsman.api('GET', '/v1/status');
    const { bridges } = body as { readonly bridges: readonly { readonly flows?: number }[] };
    return bridges.reduce((sum, { flows = 0 }) => sum + flows, 0);
  }

  /** How often since its start it has installed something. */
  get installs(): number {
    return this.pointsman.logged('flows installed').length;
  }

  /** Resident set of pointsman now, after a collection, and at its largest, MB. */
  async memory(): Promise<{ readonly now: number; readonly peak: number }> {
    const { pid } = this.pointsman;
    this.pointsman.signal('SIGUSR2');
    await sleep(1_000);
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
    return { now: of('VmRSS'), peak: of('VmHWM') };
  }

  /** Begins a profile of pointsman, or ends it: see probe.mjs. */
  async profile(): Promise<void> {
    if (process.env.PROFILE_DIR === undefined) return;
    this.pointsman.signal('SIGWINCH');
    await sleep(300);
  }

  /** What ovs-ofctl takes for a command, s: by the clock, and of the processor, what it costs ovs-vswitchd included. */
  async ofctl(command: string, output = '/dev/null'): Promise<{ readonly wall: number; readonly cpu: number }> {
    const script = `TIMEFORMAT="%U %S"; time ovs-ofctl -O OpenFlow15 ${command} >${output}`;
    const before = await cpuOf(this.ovs.vswitchdPid);
    const began = performance.now();
    const { stderr } = await run('bash', ['-ec', script], { env: this.ovs.env, timeout: patience });
    const wall = (performance.now() - began) / 1000;
    const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
    return { wall, cpu: user + system + (await cpuOf(this.ovs.vswitchdPid)) - before };
  }
}

/** Of a second, as /proc counts them. */
const ticks = 100;

/** User and system, s (proc(5): fields 14 and 15 of stat). */
async function cpuOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
