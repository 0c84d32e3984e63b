// A private Open vSwitch in a network namespace: ovsdb-server and, unless only the database is wanted, ovs-vswitchd, both
// children in the foreground, all their files under one directory of the lab. One userspace vswitchd per namespace: a
// second one fails on the tap `ovs-netdev`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { type BackgroundProcess, type RunOptions, run } from './process.ts';
import { accepts } from './socket.ts';
import { eventually, Hopeless } from './wait.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

export interface OvsdbOptions {
  /** Name of its directory in the lab. */
  readonly name?: string;
  readonly netns?: string;
  /** Further `--remote` arguments of ovsdb-server, such as `ptcp:6640:127.0.0.1`. */
  readonly remotes?: readonly string[];
}

export interface OvsdbOnlyOptions extends OvsdbOptions {
  /** What the row claims its vswitchd can do; nothing checks it, as no vswitchd runs. */
  readonly datapathTypes?: readonly string[];
  readonly ifaceTypes?: readonly string[];
  readonly ovsVersion?: string;
}

export interface OvsOptions extends OvsdbOptions {
  readonly netns: string;
  /**
   * `override`: a datapath without any device, for flow tables at scale. Bridges take `datapath_type=netdev` all the same
   * (`system` is disabled), devices `type=dummy`. `beside`: as ever, and `type=dummy` for devices that are unix sockets.
   */
  readonly dummy?: 'override' | 'beside';
}

/** The database server alone, and the tools that talk to it. */
export class LabOvsdb {
  /** Absolute; sockets, database and logs. `BRIDGE.mgmt` sockets are here too. */
  readonly runDir: string;
  readonly netns: string | undefined;
  /** `unix:PATH` of the database socket. */
  readonly dbEndpoint: string;
  protected readonly lab: Lab;
  private readonly remotes: readonly string[];
  private server: BackgroundProcess | undefined;

  constructor(lab: Lab, options: OvsdbOptions) {
    this.lab = lab;
    this.runDir = lab.path(options.name ?? `ovs-${options.netns ?? 'db'}`);
    this.netns = options.netns;
    this.remotes = options.remotes ?? [];
    this.dbEndpoint = `unix:${join(this.runDir, 'db.sock')}`;
  }

  /** Set for every tool, so that nothing falls back to the directories of the machine's own Open vSwitch. */
  get env(): Readonly<Record<string, string>> {
    const dir = this.runDir;
    return { OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir, OVS_SYSCONFDIR: dir };
  }

  async create(): Promise<void> {
    await mkdir(this.runDir);
    await run('ovsdb-tool', ['create', join(this.runDir, 'conf.db'), SCHEMA]);
    await this.startServer();
    await this.vsctl('--no-wait', 'init');
  }

  async startServer(): Promise<void> {
    const socket = join(this.runDir, 'db.sock');
    const server = await this.lab.start(
      'ovsdb-server',
      [
        join(this.runDir, 'conf.db'),
        `--remote=punix:${socket}`,
        ...this.remotes.map(remote => `--remote=${remote}`),
        `--unixctl=${join(this.runDir, 'ovsdb.ctl')}`,
        `--log-file=${join(this.runDir, 'ovsdb-server.log')}`,
        '-vconsole:off',
      ],
      { netns: this.netns, env: this.env, name: 'ovsdb-server' },
    );
    this.server = server;
    await eventually(
      () => {
        mustRun(server);
        return accepts(socket);
      },
      { what: 'the socket of ovsdb-server', interval: 10 },
    );
  }

  /** Stops the database server; every client loses its connection. */
  async stopServer(): Promise<void> {
    await this.server?.stop();
  }

  async killServer(): Promise<void> {
    await this.server?.kill();
  }

  async restartServer(): Promise<void> {
    await this.stopServer();
    await this.startServer();
  }

  /**
   * ovs-vsctl against this database; returns what it printed. Without `--no-wait` it waits for vswitchd, which fails on a
   * database that has none. Beware: it succeeds also when vswitchd could not do what was asked; see `requireNoErrors`.
   */
  async vsctl(...args: string[]): Promise<string> {
    return await this.tool('ovs-vsctl', [`--db=${this.dbEndpoint}`, '--timeout=15', ...args]);
  }

  /** `ovsdb-client COMMAND ENDPOINT ARGS`. */
  async ovsdbClient(command: string, ...args: string[]): Promise<string> {
    return await this.tool('ovsdb-client', ['--timeout=15', command, this.dbEndpoint, ...args]);
  }

  async stop(): Promise<void> {
    await this.stopServer();
  }

  protected async tool(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await run(command, args, { env: this.env, netns: this.netns, ...options })).stdout;
  }
}

/** A whole switch. */
export class LabOvs extends LabOvsdb {
  override readonly netns: string;
  private readonly dummy: OvsOptions['dummy'];
  private vswitchd: BackgroundProcess | undefined;

  constructor(lab: Lab, options: OvsOptions) {
    super(lab, options);
    this.netns = options.netns;
    this.dummy = options.dummy;
  }

  get vswitchdPid(): number | undefined {
    return this.vswitchd?.running ? this.vswitchd.pid : undefined;
  }

  get logFile(): string {
    return join(this.runDir, 'ovs-vswitchd.log');
  }

  /** `unix:PATH` of a bridge's OpenFlow management socket. */
  managementEndpoint(bridge: string): string {
    return `unix:${join(this.runDir, `${bridge}.mgmt`)}`;
  }

  /** Path of vswitchd's control socket (`ovs-appctl -t`). */
  get controlSocket(): string {
    return join(this.runDir, 'vswitchd.ctl');
  }

  async startVswitchd(): Promise<void> {
    const vswitchd = await this.lab.start(
      'ovs-vswitchd',
      [
        this.dbEndpoint,
        '--disable-system',
        ...(this.dummy === 'override' ? ['--enable-dummy=override'] : []),
        ...(this.dummy === 'beside' ? ['--enable-dummy'] : []),
        `--unixctl=${this.controlSocket}`,
        `--log-file=${this.logFile}`,
        '-vconsole:off',
      ],
      { netns: this.netns, env: this.env, name: 'ovs-vswitchd' },
    );
    this.vswitchd = vswitchd;
    await eventually(
      async () => {
        mustRun(vswitchd);
        await this.appctl('version');
        // Waits until vswitchd has worked through the database as it stands, so that bridges are there again.
        await this.vsctl('set', 'Open_vSwitch', '.', `external_ids:lab-start=${vswitchd.pid}`);
        return true;
      },
      { what: 'ovs-vswitchd', interval: 10 },
    );
  }

  /** Leaves its taps in the namespace, as an upgrade would; the next vswitchd takes them over. */
  async stopVswitchd(): Promise<void> {
    await this.vswitchd?.stop();
  }

  /** As a crash would. Its OpenFlow tables, conntrack and meters are lost. */
  async killVswitchd(): Promise<void> {
    await this.vswitchd?.kill();
  }

  async restartVswitchd(): Promise<void> {
    await this.stopVswitchd();
    await this.startVswitchd();
  }

  /** ovs-ofctl in OpenFlow 1.5 (or what a `-O` among the arguments says), bridges by their names. */
  async ofctl(...args: string[]): Promise<string> {
    return await this.tool('ovs-ofctl', ['-O', 'OpenFlow15', '--timeout=15', ...args]);
  }

  /** Replaces all flows of a bridge by these lines, in one bundle. */
  async replaceFlows(bridge: string, lines: readonly string[]): Promise<void> {
    await this.tool('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'replace-flows', bridge, '-'], {
      input: `${lines.join('\n')}\n`,
    });
  }

  async appctl(...args: string[]): Promise<string> {
    return await this.tool('ovs-appctl', ['-t', this.controlSocket, '--timeout=15', ...args]);
  }

  /** Throws what vswitchd holds against any interface: ovs-vsctl itself exits 0 on those. */
  async requireNoErrors(): Promise<void> {
    const text = await this.vsctl('--format=json', '--columns=name,ofport,error', 'list', 'Interface');
    const { data } = JSON.parse(text) as { data: [string, unknown, unknown][] };
    // No number at all is the mark of a bridge that could not be made.
    const bad = data.filter(
      ([, ofport, error]) => typeof error === 'string' || typeof ofport !== 'number' || ofport < 0,
    );
    if (bad.length > 0) throw new Error(`interfaces in error: ${JSON.stringify(bad)}`);
  }

  /** The OpenFlow port number of an interface, once vswitchd gave it one. */
  async ofport(name: string): Promise<number> {
    const number = Number(await this.vsctl('get', 'Interface', name, 'ofport'));
    if (!Number.isInteger(number) || number < 0) throw new Error(`interface ${name} has no OpenFlow port`);
    return number;
  }

  override async stop(): Promise<void> {
    if (this.vswitchd?.running) await this.appctl('exit', '--cleanup');
    await this.vswitchd?.exited;
    await super.stop();
  }
}

/** Starts ovsdb-server and ovs-vswitchd; no bridge is made. The lab stops them when it closes. */
export async function startOvs(lab: Lab, options: OvsOptions): Promise<LabOvs> {
  const ovs = new LabOvs(lab, options);
  await ovs.create();
  await ovs.startVswitchd();
  return ovs;
}

/** Starts ovsdb-server alone, its Open_vSwitch row filled in as a vswitchd of the given abilities would. */
export async function startOvsdbOnly(lab: Lab, options: OvsdbOnlyOptions = {}): Promise<LabOvsdb> {
  const ovsdb = new LabOvsdb(lab, options);
  await ovsdb.create();
  const set = (column: string, values: readonly string[]) =>
    `${column}=[${values.map(v => JSON.stringify(v)).join(',')}]`;
  const columns = [
    ...(options.datapathTypes ? [set('datapath_types', options.datapathTypes)] : []),
    ...(options.ifaceTypes ? [set('iface_types', options.ifaceTypes)] : []),
    ...(options.ovsVersion ? [`ovs_version=${JSON.stringify(options.ovsVersion)}`] : []),
  ];
  if (columns.length > 0) await ovsdb.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...columns);
  return ovsdb;
}

function mustRun(child: BackgroundProcess): void {
  if (!child.running) throw new Hopeless(`${child.name} ended: ${JSON.stringify(child.status)} ${child.stderr()}`);
}
