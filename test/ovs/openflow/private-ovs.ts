// An Open vSwitch of the test's own: a run directory, ovsdb-server and ovs-vswitchd as children in the foreground.
// In a network namespace, on the userspace datapath, it needs root; the daemons' absence is an error.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bound } from '../../lab/process.ts';
import { accepts } from '../../lab/socket.ts';

const run = promisify(execFile);
const schema = '/usr/share/openvswitch/vswitch.ovsschema';
const startTimeout = 20_000;

/**
 * `namespace`: real internal ports in a namespace of its own. `host`: ports and datapath are OVS's dummies, nothing
 * of the host's network is touched, and the switch can be reached, and can dial, over the host's loopback.
 */
export type OvsNetwork = 'namespace' | 'host';

export class PrivateOvs {
  readonly directory: string;
  readonly #network: OvsNetwork;
  readonly #namespace: string;
  readonly #children = new Map<string, ChildProcess>();

  private constructor(directory: string, network: OvsNetwork) {
    this.directory = directory;
    this.#network = network;
    this.#namespace = basename(directory);
  }

  static async start(network: OvsNetwork = 'namespace'): Promise<PrivateOvs> {
    const ovs = new PrivateOvs(await mkdtemp(join(tmpdir(), 'of-ovs-')), network);
    try {
      if (network === 'namespace') {
        await run('ip', ['netns', 'add', ovs.#namespace]);
        await run('ip', ['-n', ovs.#namespace, 'link', 'set', 'lo', 'up']);
      }
      await run('ovsdb-tool', ['create', ovs.#path('conf.db'), schema]);
      ovs.#spawn('ovsdb-server', [
        ovs.#path('conf.db'),
        `--remote=punix:${ovs.#path('db.sock')}`,
        `--unixctl=${ovs.#path('ovsdb.ctl')}`,
      ]);
      await ovs.#appears('db.sock');
      await ovs.vsctl('--no-wait', 'init');
      await ovs.startSwitch();
      return ovs;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Starts ovs-vswitchd, on the database as it is. */
  async startSwitch(): Promise<void> {
    this.#spawn('ovs-vswitchd', [
      `unix:${this.#path('db.sock')}`,
      '--disable-system',
      ...(this.#network === 'host' ? ['--enable-dummy'] : []),
      `--unixctl=${this.#path('vswitchd.ctl')}`,
    ]);
    await this.#appears('vswitchd.ctl');
  }

  /** Ends ovs-vswitchd and takes its interfaces away. */
  async stopSwitch(): Promise<void> {
    const child = this.#children.get('ovs-vswitchd');
    if (!child) return;
    const exited = once(child, 'exit');
    await run('ovs-appctl', ['-t', this.#path('vswitchd.ctl'), 'exit', '--cleanup']).catch(() => child.kill('SIGKILL'));
    await exited;
    this.#children.delete('ovs-vswitchd');
  }

  /** Adds a bridge and waits for its management socket. Returns the socket's path. */
  async addBridge(name: string, ...ports: readonly string[]): Promise<string> {
    const [datapath, type] = this.#network === 'host' ? ['dummy', 'dummy'] : ['netdev', 'internal'];
    await this.vsctl(
      ...['add-br', name, '--', 'set', 'bridge', name, `datapath_type=${datapath}`, 'fail_mode=secure'],
      ...ports.flatMap(port => ['--', 'add-port', name, port, '--', 'set', 'interface', port, `type=${type}`]),
    );
    await this.#appears(`${name}.mgmt`);
    return this.#path(`${name}.mgmt`);
  }

  async vsctl(...args: readonly string[]): Promise<string> {
    return (await run('ovs-vsctl', [`--db=unix:${this.#path('db.sock')}`, '--timeout=15', ...args])).stdout;
  }

  async ofctl(...args: readonly string[]): Promise<string> {
    const options = { maxBuffer: 256 * 1024 * 1024 };
    return (await run('ovs-ofctl', ['-O', 'OpenFlow15', ...args], options)).stdout;
  }

  async appctl(...args: readonly string[]): Promise<string> {
    return (await run('ovs-appctl', ['-t', this.#path('vswitchd.ctl'), ...args])).stdout;
  }

  async stop(): Promise<void> {
    await this.stopSwitch();
    for (const child of this.#children.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    if (this.#network === 'namespace') await run('ip', ['netns', 'delete', this.#namespace]).catch(() => {});
    await rm(this.directory, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.directory, name);
  }

  #spawn(program: string, args: readonly string[]): void {
    const inside = this.#network === 'namespace' ? ['ip', 'netns', 'exec', this.#namespace] : [];
    const command = [...inside, program, ...args, `--log-file=${this.#path(`${program}.log`)}`];
    const child = spawn(...bound(command), { stdio: 'ignore', env: { ...process.env, OVS_RUNDIR: this.directory } });
    this.#children.set(program, child);
  }

  async #appears(name: string): Promise<void> {
    const deadline = Date.now() + startTimeout;
    while (!(await accepts(this.#path(name)))) {
      if (Date.now() > deadline) throw new Error(`${name} did not appear in ${startTimeout} ms`);
      await sleep(20);
    }
  }
}
