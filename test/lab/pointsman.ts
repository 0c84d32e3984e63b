// pointsman under test: the program its users run, in the node's namespace, told what to do over its REST socket.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import type { LabOvs } from './ovs.ts';
import { type BackgroundProcess, run } from './process.ts';
import { NET } from './topology.ts';
import { eventually, Hopeless } from './wait.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['--import=tsx', join(ROOT, 'src/controller/main.ts')];

export interface ApiAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
}

export interface LabPointsmanOptions {
  /** Of the node; `lab` when absent. */
  readonly name?: string;
  /** Of its files and its socket in the lab; the node's when absent. */
  readonly directory?: string;
  /** Addresses of its VTEPs, with prefix; those of the standard topology when absent. */
  readonly vteps?: { readonly evpn: string; readonly aci: string };
  /** Names or patterns; that of the standard topology when absent. */
  readonly representors?: readonly string[];
  /** The configuration's `datapath`, as YAML. */
  readonly datapath?: string;
  /** The configuration's `ovs.maxBehind`, s; its default when absent. */
  readonly maxBehind?: number;
  /** Lines of the configuration's `state`, each indented by two, that make it a cluster's. */
  readonly state?: string;
  /** The configuration's `state.portRest`, s; its default when absent. */
  readonly portRest?: number;
  /** The configuration's `state.adopt`; its default when absent. */
  readonly adopt?: 'wait' | 'discard';
  /** The Node that runs it; the tests' own when absent. */
  readonly execPath?: string;
  /** What node runs; the sources when absent. */
  readonly program?: readonly string[];
}

export class LabPointsman {
  readonly socket: string;
  readonly configFile: string;
  readonly node: LabOvs;
  readonly #lab: Lab;
  readonly #command: readonly [node: string, ...program: string[]];
  readonly #directory: string;
  #child: BackgroundProcess | undefined;

  private constructor(
    lab: Lab,
    node: LabOvs,
    { name = 'lab', directory, execPath = process.execPath, program = SOURCES }: LabPointsmanOptions,
  ) {
    this.#directory = directory ?? (name === 'lab' ? 'pointsman' : `pointsman-${name}`);
    this.#command = [execPath, ...program];
    this.#lab = lab;
    this.node = node;
    this.socket = lab.path(`${this.#directory}/api.sock`);
    this.configFile = lab.path(`${this.#directory}.yaml`);
  }

  /** Writes the configuration for the standard topology's node; starts nothing. */
  static async prepare(lab: Lab, node: LabOvs, options: LabPointsmanOptions = {}): Promise<LabPointsman> {
    const pointsman = new LabPointsman(lab, node, options);
    await writeFile(pointsman.configFile, pointsman.#config(options));
    return pointsman;
  }

  #config({
    name = 'lab',
    vteps = { evpn: NET.evpnVtepPrefix, aci: NET.aciVtepPrefix },
    representors = [NET.representor],
    datapath = '{ type: netdev }',
    state,
    portRest,
    adopt,
    maxBehind = 10,
  }: LabPointsmanOptions): string {
    const directory = state ?? `  directory: "${this.#lab.path('state')}"`;
    const rest = portRest === undefined ? '' : `\n  portRest: ${portRest}`;
    const adoption = adopt === undefined ? '' : `\n  adopt: ${adopt}`;
    return `# Made by the lab.
node: { name: ${name} }
ovs: { database: "${this.node.dbEndpoint}", runDir: "${this.node.runDir}", control: "${this.node.controlSocket}", maxBehind: ${maxBehind} }
datapath: ${datapath}
physicalPorts: [{ name: ${NET.uplink} }]
representors: [${representors.map(port => `{ name: "${port}" }`).join(', ')}]
vteps:
  - { name: evpn, address: ${vteps.evpn}, port: ${NET.uplink} }
  - { name: aci, address: ${vteps.aci}, port: ${NET.uplink}, infraVlan: ${NET.infraVlan} }
state:
  runDir: "${this.#lab.path(this.#directory)}"
${directory.trimEnd()}${rest}${adoption}
rest: { listen: "unix:${this.socket}" }
log: { level: info }
`;
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it logged since its last start, one JSON object a line. */
  get log(): string {
    return this.#child?.stdout() ?? '';
  }

  /** Log entries with this message. */
  logged(message: string): Record<string, unknown>[] {
    return this.log
      .split('\n')
      .filter(line => line.includes(message))
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .filter(entry => entry.msg === message);
  }

  /** Starts it and waits until it is ready: connected, and the stored intent installed. */
  async start(): Promise<void> {
    await this.#launch();
    await this.#answers(({ status, body }) => {
      if (status !== 200) throw new Error(JSON.stringify(body));
      return true;
    });
  }

  /** Starts it where it cannot become ready; resolves when it answers. @param timeout ms */
  async startUnready(timeout?: number): Promise<void> {
    await this.#launch();
    await this.#answers(() => true, timeout);
  }

  async #launch(): Promise<void> {
    const [node, ...program] = this.#command;
    this.#child = await this.#lab.start(node, [...program, 'run', '--config', this.configFile], {
      netns: this.node.netns,
      cwd: ROOT,
      name: 'pointsman',
    });
  }

  async #answers(judge: (readiness: ApiAnswer) => boolean, timeout = 20_000): Promise<void> {
    const child = this.#child;
    await eventually(
      async () => {
        if (!child?.running) throw new Hopeless(`pointsman ended: ${child?.stdout()}${child?.stderr()}`);
        return existsSync(this.socket) && judge(await this.api('GET', '/readyz'));
      },
      { what: 'pointsman', interval: 50, timeout },
    );
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  /** Runs the command line tool against this instance; returns what it printed. */
  async cli(...args: string[]): Promise<string> {
    const env = { POINTSMAN_SERVER: `unix:${this.socket}` };
    const [node, ...program] = this.#command;
    return (await run(node, [...program, ...args], { cwd: ROOT, env, timeout: 60_000 })).stdout;
  }

  api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: this.socket,
          method,
          path,
          timeout: 30_000,
          headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        },
        incoming => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: incoming.statusCode ?? 0,
              etag: incoming.headers.etag,
              body: text === '' ? undefined : (JSON.parse(text) as unknown),
            });
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Packets dropped so far for a reason, over all interfaces or for one. */
  async dropped(reason: string, iface?: string): Promise<number> {
    const { body } = await this.api('GET', '/v1/counters/drops');
    const { items } = body as { items: { reason: string; interface?: string; packets: number }[] };
    return items
      .filter(counter => counter.reason === reason && (iface === undefined || counter.interface === iface))
      .reduce((sum, counter) => sum + counter.packets, 0);
  }
}
