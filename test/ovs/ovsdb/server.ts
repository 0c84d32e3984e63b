// A private ovsdb-server for a test: a directory of its own, a child in the foreground, nothing left behind.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { bound } from '../../lab/process.ts';
import { accepts } from '../../lab/socket.ts';

export const vswitchSchema = '/usr/share/openvswitch/vswitch.ovsschema';

export interface PrivateServer {
  readonly directory: string;
  readonly unix: ActiveEndpoint;
  readonly tcp: ActiveEndpoint;
  /** Listens only if `start` is told so. */
  readonly tls: ActiveEndpoint & { readonly kind: 'tcp' | 'ssl' };
  /** Starts the daemon on the same file and sockets, with more options if given; resolves when it listens. */
  start(...options: string[]): Promise<void>;
  /** Kills the daemon and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Suspends or resumes it. */
  signal(signal: NodeJS.Signals): void;
  /** Output of ovsdb-client, the independent witness. */
  ovsdbClient(command: string, ...args: string[]): string;
  /** Kills the daemon and removes the directory. */
  remove(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

export interface ServerOptions {
  /** A cluster of one: such a server remembers its latest transactions, and tells what changed since one of them. */
  readonly clustered?: boolean;
}

export async function createPrivateServer(
  schemaFile = vswitchSchema,
  { clustered = false }: ServerOptions = {},
): Promise<PrivateServer> {
  const directory = mkdtempSync(join(tmpdir(), 'pointsman-ovsdb-'));
  const database = join(directory, 'conf.db');
  const socket = join(directory, 'db.sock');
  const port = await freePort();
  const tlsPort = await freePort();
  const create = clustered
    ? ['create-cluster', database, schemaFile, `tcp:127.0.0.1:${await freePort()}`]
    : ['create', database, schemaFile];
  execFileSync('ovsdb-tool', create, { timeout: 10_000 });
  let child: ChildProcess | undefined;

  // A test that dies before its teardown must not leave a daemon behind.
  const lastResort = (): void => {
    child?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', lastResort);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill(signal);
    await gone;
  };

  return {
    directory,
    unix: { kind: 'unix', path: socket },
    tcp: { kind: 'tcp', host: '127.0.0.1', port },
    tls: { kind: 'ssl', host: '127.0.0.1', port: tlsPort },
    kill,
    async start(...options) {
      rmSync(socket, { force: true });
      const started = spawn(
        ...bound([
          'ovsdb-server',
          database,
          `--remote=punix:${socket}`,
          `--remote=ptcp:${port}:127.0.0.1`,
          `--unixctl=${directory}/ctl`,
          `--log-file=${directory}/log`,
          '-vconsole:off',
          ...options,
        ]),
        { stdio: 'ignore', env: { ...process.env, OVS_RUNDIR: directory, OVS_LOGDIR: directory } },
      );
      child = started;
      let failed: unknown;
      started.once('error', error => {
        failed = error;
      });
      for (let waited = 0; !(await accepts(socket)); waited += 10) {
        if (failed !== undefined || started.exitCode !== null || waited > 30_000)
          throw new Error('ovsdb-server did not start', { cause: failed });
        await sleep(10);
      }
    },
    signal(signal) {
      child?.kill(signal);
    },
    ovsdbClient(command, ...args) {
      return execFileSync('ovsdb-client', [command, `unix:${socket}`, ...args], { encoding: 'utf8', timeout: 10_000 });
    },
    async remove() {
      await kill();
      process.off('exit', lastResort);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
