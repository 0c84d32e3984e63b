// OVN on one chassis: both databases, northd and ovn-controller beside an ovs-vswitchd without devices, all out of a directory
// that holds another Debian (`debootstrap`), in a namespace of their own.

import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Lab } from '../../test/lab/lab.ts';
import { run } from '../../test/lab/process.ts';
import { accepts } from '../../test/lab/socket.ts';
import { eventually } from '../../test/lab/wait.ts';

/** How long a command may take, ms: the first `--wait=hv` is for the whole topology. */
const patience = 300_000;

export class OvnChassis {
  readonly #lab: Lab;
  readonly #netns: string;
  readonly #root: string;
  /** As the programs in `root` see it. */
  readonly #dir: string;

  private constructor(lab: Lab, netns: string, root: string, dir: string) {
    this.#lab = lab;
    this.#netns = netns;
    this.#root = root;
    this.#dir = dir;
  }

  /** @param root where the other Debian is */
  static async open(root: string): Promise<OvnChassis> {
    const lab = await Lab.open();
    const dir = join('/run', basename(lab.dir));
    lab.defer(() => rm(join(root, dir), { recursive: true }));
    try {
      const chassis = new OvnChassis(lab, await lab.namespace('ovn'), root, dir);
      await mkdir(join(root, dir));
      await chassis.#start();
      return chassis;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#lab.close();
  }

  /** `ovn-nbctl`, by its daemon: without reading the database for each command. */
  async nbctl(...args: readonly string[]): Promise<string> {
    return await this.#run('ovn-nbctl', ['-u', join(this.#dir, 'nbctl.ctl'), ...args]);
  }

  async vsctl(...args: readonly string[]): Promise<string> {
    return await this.#run('ovs-vsctl', [`--db=unix:${this.#dir}/conf.sock`, ...args]);
  }

  async ofctl(...args: readonly string[]): Promise<string> {
    return await this.#run('ovs-ofctl', ['-O', 'OpenFlow15', ...args]);
  }

  async version(): Promise<string> {
    return (await this.#run('ovn-controller', ['--version'])).split('\n')[0] ?? '';
  }

  async #start(): Promise<void> {
    const dir = this.#dir;
    const schemas = {
      conf: '/usr/share/openvswitch/vswitch.ovsschema',
      nb: '/usr/share/ovn/ovn-nb.ovsschema',
      sb: '/usr/share/ovn/ovn-sb.ovsschema',
    };
    for (const [name, schema] of Object.entries(schemas)) {
      await this.#run('ovsdb-tool', ['create', `${dir}/${name}.db`, schema]);
      const remote = `--remote=punix:${dir}/${name}.sock`;
      await this.#serve('ovsdb-server', [`${dir}/${name}.db`, remote, `--unixctl=${dir}/${name}.ctl`]);
      await this.#listens(`${name}.sock`);
    }
    const databases = [`--ovnnb-db=unix:${dir}/nb.sock`, `--ovnsb-db=unix:${dir}/sb.sock`];
    await this.vsctl('--no-wait', 'init');
    const vswitchd = ['--disable-system', '--enable-dummy=override', `--unixctl=${dir}/vswitchd.ctl`];
    await this.#serve('ovs-vswitchd', [`unix:${dir}/conf.sock`, ...vswitchd]);
    const ids = [
      'system-id=chassis',
      `ovn-remote=unix:${dir}/sb.sock`,
      'ovn-encap-type=geneve',
      'ovn-encap-ip=127.0.0.1',
      'ovn-bridge-datapath-type=netdev',
    ];
    await this.vsctl('set', 'Open_vSwitch', '.', ...ids.map(id => `external_ids:${id}`));
    await this.#serve('ovn-northd', [...databases, `--unixctl=${dir}/northd.ctl`]);
    await this.#serve('ovn-controller', [`unix:${dir}/conf.sock`]);
    await this.#serve('ovn-nbctl', [`--db=unix:${dir}/nb.sock`, '--detach', '--no-chdir', '-u', `${dir}/nbctl.ctl`]);
    await this.#listens('nbctl.ctl');
    await this.nbctl('init');
  }

  async #listens(socket: string): Promise<void> {
    await eventually(() => accepts(join(this.#root, this.#dir, socket)), { what: socket, interval: 10 });
  }

  #within(command: string, args: readonly string[]): readonly string[] {
    const dirs = ['RUNDIR', 'LOGDIR', 'DBDIR', 'SYSCONFDIR'].flatMap(name => [
      `OVS_${name}=${this.#dir}`,
      `OVN_${name}=${this.#dir}`,
    ]);
    return [this.#root, 'env', ...dirs, command, ...args];
  }

  async #run(command: string, args: readonly string[]): Promise<string> {
    return (await run('chroot', this.#within(command, args), { netns: this.#netns, timeout: patience })).stdout;
  }

  async #serve(command: string, args: readonly string[]): Promise<void> {
    await this.#lab.start('chroot', this.#within(command, [...args, '-vconsole:off']), { netns: this.#netns });
  }
}
