// One lab: a temporary directory, network namespaces under a prefix of its own, and everything started in them. Closing
// it takes all of that away, in reverse order. When this process dies before it could (a kill, a crash), the kernel ends
// the children (see process.ts) and the keeper, a shell outside this process, removes the namespaces and the directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackgroundProcess,
  type RunOptions,
  type RunResult,
  run,
  type StartOptions,
  startProcess,
} from './process.ts';

// Waits for the end of its input, which comes when the lab is closed or its process is gone, whatever the way.
// $1 is the prefix of the namespaces, $2 the directory.
const KEEPER = `
cat >/dev/null
for ns in $(ip netns list | cut -d' ' -f1); do
  case $ns in
    "$1"-*) ip netns pids "$ns" | xargs -r kill -KILL; ip netns del "$ns";;
  esac
done
rm -rf "$2"
`;

export interface VethOptions {
  readonly mtu?: number;
  readonly macA?: string;
  readonly macB?: string;
}

type Teardown = () => unknown;

export class Lab {
  /** The lab's own directory: sockets, databases, logs. */
  readonly dir: string;
  /** Starts the name of every namespace of this lab. */
  readonly prefix: string;
  private readonly keeper: ChildProcess;
  private readonly teardowns: Teardown[] = [];
  private readonly namespaces = new Set<string>();
  private closing: Promise<void> | undefined;

  private constructor(dir: string, prefix: string) {
    this.dir = dir;
    this.prefix = prefix;
    // Its own session: an interrupt typed at the terminal, or a kill of this process's group, must not reach it.
    this.keeper = spawn('/bin/sh', ['-c', KEEPER, 'pointsman-lab-keeper', prefix, dir], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.keeper.unref();
  }

  static async open(): Promise<Lab> {
    if (process.getuid?.() !== 0) throw new Error('the lab makes network namespaces: run it as root');
    const dir = await mkdtemp(join(tmpdir(), 'pointsman-lab-'));
    const taken = (await run('ip', ['netns', 'list'])).stdout;
    for (;;) {
      const prefix = `pm${Math.floor(Math.random() * 0x10000)
        .toString(16)
        .padStart(4, '0')}`;
      if (!taken.includes(`${prefix}-`)) return new Lab(dir, prefix);
    }
  }

  /** Runs at close, before what was deferred earlier. */
  defer(teardown: Teardown): void {
    this.teardowns.push(teardown);
  }

  /** A path inside the lab's directory. */
  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Makes a namespace with its loopback up, and returns its full name. */
  async namespace(name: string): Promise<string> {
    const netns = `${this.prefix}-${name}`;
    await run('ip', ['netns', 'add', netns]);
    this.namespaces.add(netns);
    // Without duplicate address detection an IPv6 address is usable at once; without router solicitation captures are quiet.
    const ipv6 =
      'for c in all default; do for f in accept_dad router_solicitations accept_ra; do echo 0 >/proc/sys/net/ipv6/conf/$c/$f; done; done';
    await run('/bin/sh', ['-ec', `ip link set lo up; [ ! -d /proc/sys/net/ipv6 ] || { ${ipv6}; }`], { netns });
    return netns;
  }

  /** Deletes one namespace before the lab is closed, with all that is in it. */
  async removeNamespace(netns: string): Promise<void> {
    if (!this.namespaces.delete(netns)) return;
    await run('ip', ['netns', 'del', netns]);
  }

  /**
   * Joins two namespaces by a veth pair, both ends up. Transmit checksum offload is off at both ends: with it on, a packet
   * reaches the userspace datapath with its checksum unfinished, and tunnel decapsulation drops it.
   */
  async veth(nsA: string, ifA: string, nsB: string, ifB: string, options: VethOptions = {}): Promise<void> {
    const mtu = ['mtu', String(options.mtu ?? 1500)];
    const address = (mac: string | undefined) => (mac === undefined ? [] : ['address', mac]);
    await run('ip', [
      ...['link', 'add', 'name', ifA, ...address(options.macA), ...mtu, 'netns', nsA, 'type', 'veth'],
      ...['peer', 'name', ifB, ...address(options.macB), ...mtu, 'netns', nsB],
    ]);
    for (const [netns, device] of [
      [nsA, ifA],
      [nsB, ifB],
    ] as const) {
      await checksumOffloadOff(netns, device);
      await run('ip', ['link', 'set', device, 'up'], { netns });
    }
  }

  /** Runs a command to its end; see `run`. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return run(command, args, options);
  }

  /** Starts a foreground child that is stopped when the lab closes. */
  async start(command: string, args: readonly string[], options?: StartOptions): Promise<BackgroundProcess> {
    const child = await startProcess(command, args, options);
    this.defer(() => child.stop());
    return child;
  }

  /** Takes everything away. Safe to call twice. Every teardown is tried; failures come together at the end. */
  close(): Promise<void> {
    this.closing ??= this.tearDown();
    return this.closing;
  }

  private async tearDown(): Promise<void> {
    const failures: unknown[] = [];
    for (let teardown = this.teardowns.pop(); teardown; teardown = this.teardowns.pop()) {
      try {
        await teardown();
      } catch (error) {
        failures.push(error);
      }
    }
    this.keeper.ref();
    const gone = once(this.keeper, 'exit');
    this.keeper.stdin?.end();
    if (this.keeper.exitCode === null) await gone;
    if (failures.length > 0) throw new AggregateError(failures, 'the lab could not be closed cleanly');
  }
}

/** Opens a lab for the length of `use`, whatever its outcome. */
export async function withLab<T>(use: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await Lab.open();
  try {
    return await use(lab);
  } finally {
    await lab.close();
  }
}

export async function checksumOffloadOff(netns: string, device: string): Promise<void> {
  await run('ethtool', ['-K', device, 'tx', 'off'], { netns });
}
