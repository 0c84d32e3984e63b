// A private Raft cluster of ovsdb-servers for a test: a directory of its own, children in the foreground, nothing left
// behind. The members talk over unix sockets.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { bound } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';

const run = promisify(execFile);

/** Shorter than the default of 1 s would need a change at run time, which takes an election each. */
const settleTime = 30_000;

export class Member {
  readonly endpoint: ActiveEndpoint;
  readonly #directory: string;
  readonly #database: string;
  #child: ChildProcess | undefined;

  constructor(directory: string, database: string) {
    this.#directory = directory;
    this.#database = database;
    this.endpoint = { kind: 'unix', path: join(directory, 'db.sock') };
  }

  start(): void {
    const file = (name: string) => join(this.#directory, name);
    this.#child = spawn(
      ...bound([
        'ovsdb-server',
        file('member.db'),
        `--remote=punix:${file('db.sock')}`,
        `--unixctl=${file('ctl')}`,
        `--log-file=${file('log')}`,
        '-vconsole:off',
      ]),
      { stdio: 'ignore', env: { ...process.env, OVS_RUNDIR: this.#directory, OVS_LOGDIR: this.#directory } },
    );
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Suspends or resumes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async appctl(...args: readonly string[]): Promise<string> {
    return (await run('ovs-appctl', ['-T', '1', '-t', join(this.#directory, 'ctl'), ...args])).stdout;
  }

  /** `leader`, `follower` or `candidate`; undefined when it does not answer, or has yet to join. */
  async role(): Promise<string | undefined> {
    const status = await this.appctl('cluster/status', this.#database).catch(() => '');
    // One that is joining calls itself a follower, but has no vote.
    return /^Status: cluster member$/m.test(status) ? /^Role: (.*)$/m.exec(status)?.[1] : undefined;
  }
}

export class Cluster {
  readonly members: readonly Member[];
  readonly #directory: string;

  private constructor(directory: string, members: readonly Member[]) {
    this.#directory = directory;
    this.members = members;
  }

  /** Starts `size` members; resolves when one leads and all have joined. `name`: of the schema's database. */
  static async start(schemaFile: string, name: string, size = 3): Promise<Cluster> {
    const directory = mkdtempSync(join(tmpdir(), 'ovsdb-raft-'));
    const places = Array.from({ length: size }, (_, i) => join(directory, String(i)));
    const raft = (place: string) => `unix:${place}/raft.sock`;
    for (const [i, place] of places.entries()) {
      mkdirSync(place);
      const file = join(place, 'member.db');
      const others = places.filter(other => other !== place).map(raft);
      const args =
        i === 0
          ? ['create-cluster', file, schemaFile, raft(place)]
          : ['join-cluster', file, name, raft(place), ...others];
      execFileSync('ovsdb-tool', args, { timeout: 10_000 });
    }
    const cluster = new Cluster(
      directory,
      places.map(place => new Member(place, name)),
    );
    // A test that dies before its teardown must not leave daemons behind.
    process.once('exit', () => cluster.#lastResort());
    for (const member of cluster.members) member.start();
    try {
      await cluster.settled(size);
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  /** Waits until `size` members have a leader among them. */
  async settled(size: number): Promise<void> {
    await eventually(
      async () => {
        const roles = await Promise.all(this.members.map(member => member.role()));
        if (!roles.includes('leader') || roles.filter(role => role === 'leader' || role === 'follower').length < size)
          throw new Error(`roles: ${roles.join(', ')}`);
        return true;
      },
      { what: 'the cluster', timeout: settleTime },
    );
  }

  async leader(): Promise<Member> {
    return eventually(
      async () => {
        for (const member of this.members) if ((await member.role()) === 'leader') return member;
        throw new Error('no member leads');
      },
      { what: 'a leader', timeout: settleTime },
    );
  }

  get endpoints(): readonly ActiveEndpoint[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map(member => member.kill()));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #lastResort(): void {
    for (const member of this.members) void member.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
