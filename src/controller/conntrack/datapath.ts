// What is asked of the datapath by vswitchd's control socket: its connections, and to be what the flow tables say.

import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowEntry, SwitchConnection } from '../../openflow/index.ts';
import { runUnixctl } from '../../ovsdb/index.ts';
import type { Connection } from '../../policy/nat/stands.ts';
import { parseConnection } from './parse-connection.ts';

/** How long vswitchd may take to look through its connections or flows, ms. */
const patience = 60_000;

/** What connections are asked for, and how much of each. */
export interface ConnectionDump {
  /** Undefined: all zones. */
  readonly zone: number | undefined;
  /** With states, timeouts, and counts where the datapath has them. */
  readonly isDetailed: boolean;
}

/**
 * Reads connections, a line each, as they come: the whole is never held.
 * @throws OvsdbError when vswitchd cannot be asked
 */
export async function readConnections(
  socket: string,
  datapath: string,
  { zone, isDetailed }: ConnectionDump,
  take: (line: string) => void,
): Promise<void> {
  const takeLines = (lines: string) => {
    for (const line of lines.split('\n')) if (line !== '') take(line);
  };
  const args = [...(isDetailed ? ['-m', '-s'] : []), datapath, ...(zone === undefined ? [] : [`zone=${zone}`])];
  takeLines(await runUnixctl(socket, 'dpctl/dump-conntrack', args, { timeout: patience, takeLines }));
}

/**
 * The connections that `isWanted`, of all zones or of one. They are judged as they come: most are passed over.
 * @throws OvsdbError when vswitchd cannot be asked
 */
export async function findConnections(
  socket: string,
  datapath: string,
  zone: number | undefined,
  isWanted: (connection: Connection) => boolean,
): Promise<Connection[]> {
  const found: Connection[] = [];
  await readConnections(socket, datapath, { zone, isDetailed: false }, line => {
    const connection = parseConnection(line);
    if (connection && isWanted(connection)) found.push(connection);
  });
  return found;
}

/**
 * Resolves when every flow of the datapath is what the flow tables say now. A barrier does not wait for that: vswitchd's
 * revalidators come by in their own time. `revalidator/wait` waits for the end of their round; it may have begun before
 * the tables changed, so the next one is waited for too. That they begin one now and not at the next half second, a
 * flow that is modified to what it is brings about.
 * @param flow any that is installed; without one it takes longer
 * @throws OvsdbError, OpenFlowError
 */
export async function revalidated(
  socket: string,
  connection: SwitchConnection,
  flow: FlowEntry | undefined,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const waiting = runUnixctl(socket, 'revalidator/wait', [], { timeout: patience });
    const ended = waiting.then(
      () => true,
      () => true,
    );
    // The round may be over before the wait has begun: then another one is needed.
    for (let pause = 10; ; pause = Math.min(pause * 2, 1_000)) {
      if (flow) await connection.request({ kind: 'flow_mod', command: 'modify_strict', flow });
      if (await Promise.race([ended, sleep(pause, false)])) break;
    }
    await waiting;
  }
}
