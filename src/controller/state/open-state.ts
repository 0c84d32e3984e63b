// Connects to the state database: the embedded server's, or that of a cluster which someone else runs.

import { once } from 'node:events';
import type { DialTls } from '../../lib/dial.ts';
import type { ActiveEndpoint } from '../../lib/endpoint.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ReconnectOptions } from '../../lib/reconnect.ts';
import { type PointsmanTables, pointsmanSchema } from '../../ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../../ovsdb/index.ts';
import type { StateConfig } from '../config/config.ts';
import { compareVersions } from './database-file.ts';
import { ensureDirectory } from './directories.ts';
import { EmbeddedServer } from './embedded-server.ts';
import { StateError } from './errors.ts';
import { stateMonitor } from './state-monitor.ts';

/** A server on this machine: it answers at once, or is not there. */
const localReconnect: Partial<ReconnectOptions> = { minBackoff: 50, maxBackoff: 1_000 };

/** A cluster elects within seconds; who waits much longer serves its own users badly. */
const clusterReconnect: Partial<ReconnectOptions> = { minBackoff: 100, maxBackoff: 2_000, probeInterval: 3_000 };

/** How long until a cluster must answer, ms; and how long an earlier pointsman may take to go. */
const clusterTimeout = 30_000;
const lockTimeout = 10_000;

/** Of the cluster's leader: who has it is the one pointsman of this name. */
function lockName(node: string): string {
  // RFC 7047 section 3.1 <id>: letters, digits and underscores.
  return `pointsman_${node.replace(/[^a-zA-Z0-9]/g, char => `_${char.charCodeAt(0).toString(16)}_`)}`;
}

export interface OpenedState {
  readonly client: OvsdbClient<PointsmanTables>;
  /** Undefined: the servers are somebody else's. */
  readonly server: EmbeddedServer | undefined;
}

/**
 * Starts what is to be started and returns the client, started too. `teardown` gets what has to be ended.
 * @param node the name of this node
 * @param onLost called when another pointsman of this name has taken the place of this one, as when this one was frozen
 * @throws StateError when the embedded server does not start; when the cluster does not answer, has another version of
 * the schema, or serves another pointsman of this name
 */
export async function openState(
  { directory, runDirectory, cluster }: StateConfig,
  node: string,
  logger: Logger,
  teardown: (() => unknown)[],
  onLost: (error: StateError) => void,
): Promise<OpenedState> {
  if (cluster) {
    // The API's socket is there too, by default; an embedded server would have made it.
    await ensureDirectory(runDirectory);
    const client = connect(cluster.remotes, cluster.tls, clusterReconnect, logger, teardown);
    await enter(client, node, logger, AbortSignal.timeout(clusterTimeout), onLost);
    return { client, server: undefined };
  }
  const server = new EmbeddedServer({ stateDirectory: directory, runDirectory, logger });
  teardown.push(() => server.stop());
  await server.start();
  return { client: connect([server.endpoint], undefined, localReconnect, logger, teardown), server };
}

function connect(
  remotes: readonly ActiveEndpoint[],
  tls: DialTls | undefined,
  reconnect: Partial<ReconnectOptions>,
  logger: Logger,
  teardown: (() => unknown)[],
): OvsdbClient<PointsmanTables> {
  const client = new OvsdbClient<PointsmanTables>({
    remotes,
    tls,
    schema: pointsmanSchema,
    monitor: stateMonitor,
    reconnect,
    logger,
  });
  teardown.push(() => client.close());
  client.start();
  return client;
}

/** Nothing is written before this is done. */
async function enter(
  client: OvsdbClient<PointsmanTables>,
  node: string,
  logger: Logger,
  signal: AbortSignal,
  onLost: (error: StateError) => void,
): Promise<void> {
  const name = lockName(node);
  const taken = (): StateError =>
    new StateError('STATE_BUSY', `another pointsman named "${node}" works with this cluster; set node.name`);
  try {
    await client.synced(signal);
  } catch (cause) {
    const why = client.state.kind === 'backoff' ? client.state.error.message : 'no answer in time';
    throw new StateError('STATE_UNAVAILABLE', `the cluster cannot be used: ${why}`, { cause });
  }
  checkVersion(client.serverSchema?.version ?? '');
  if (!(await lock(client, name, AbortSignal.timeout(lockTimeout)))) throw taken();
  // A lock goes with its connection, and the next leader has not heard of it.
  let connections = 0;
  client.on('connected', () => {
    const connection = ++connections;
    lock(client, name, AbortSignal.timeout(lockTimeout)).then(
      isOurs => {
        if (!isOurs && connection === connections && client.state.kind === 'ready') onLost(taken());
      },
      error => logger.warn({ err: error }, 'the lock of the cluster could not be asked for'),
    );
  });
}

/** Whether the lock is ours, now or, as when an earlier pointsman is about to go, in time. */
async function lock(client: OvsdbClient<PointsmanTables>, name: string, signal: AbortSignal): Promise<boolean> {
  const granted = once(client, 'locked', { signal }).then(
    () => true,
    () => false,
  );
  return (await client.lock(name, { signal })) || granted;
}

function checkVersion(version: string): void {
  const order = compareVersions(version, pointsmanSchema.version);
  if (order === 0) return;
  const advice =
    order > 0
      ? 'a later pointsman has converted it: run that one'
      : 'stop every pointsman, then "ovsdb-client backup" and "ovsdb-client convert" it to the schema of this one';
  throw new StateError(
    'STATE_SCHEMA_MISMATCH',
    `the cluster has schema version ${version}, this pointsman has ${pointsmanSchema.version}; ${advice}`,
  );
}
