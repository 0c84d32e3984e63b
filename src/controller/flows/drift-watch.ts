// Tells what others do to a bridge: to its flows by a flow monitor (OpenFlow 1.5.1 section 7.3.5.18), to groups and meters by the requests
// that the switch forwards (section 7.4.6). What this connection does itself is not told, or told abbreviated.

import type { Logger } from '../../lib/logger.ts';
import { type FlowChange, flowMonitorFlag, type MessageBody, type SwitchConnection } from '../../openflow/index.ts';

export type WatchedConnection = Pick<SwitchConnection, 'flowUpdates' | 'messages' | 'request' | 'on'>;

export interface DriftHandlers {
  onFlow(change: FlowChange): void;
  /** Undefined: all of them. */
  onGroup(group: number | undefined): void;
  onMeter(meter: number | undefined): void;
}

export interface DriftWatch {
  /** Whether the switch tells of flows, as far as is known. */
  readonly followsFlows: boolean;
}

const { add, removed, modify, instructions } = flowMonitorFlag;

/** OFPRFR_GROUP_MOD and OFPRFR_METER_MOD. A management socket tells nothing to whom does not ask for packets. */
const askForRequests: readonly MessageBody[] = [
  { kind: 'set_config', flags: 0, missSendLength: 0xffff },
  { kind: 'set_async', masks: { request_forward: 3 } },
];

const allGroups = 0xffff_fffc;
const allMeters = 0xffff_ffff;

/** Follows the connection for as long as it is used. The monitor is asked for at each connect, before anything else. */
export function watchDrift(connection: WatchedConnection, handlers: DriftHandlers, logger: Logger): DriftWatch {
  const watch = { followsFlows: false };
  const followFlows = async (): Promise<void> => {
    if (watch.followsFlows) return;
    watch.followsFlows = true;
    try {
      for await (const update of connection.flowUpdates([{ flags: add | removed | modify | instructions, match: [] }]))
        if ('match' in update) handlers.onFlow(update);
    } catch (error) {
      logger.warn({ err: error }, 'the switch monitors no flows: what others change is found by the audit alone');
    }
    watch.followsFlows = false;
  };
  connection.on('connected', () => void followFlows());
  void followFlows();
  void followRequests(connection, handlers);
  return watch;
}

/** To be called after each connect. A switch that forwards no requests refuses, and is left with the audit. */
export async function askForForwardedRequests(connection: Pick<SwitchConnection, 'request'>): Promise<void> {
  for (const message of askForRequests) await connection.request(message);
}

async function followRequests(connection: WatchedConnection, handlers: DriftHandlers): Promise<void> {
  for await (const { request } of connection.messages('request_forward')) {
    if (request.kind === 'group_mod') handlers.onGroup(numberBut(request.group.group, allGroups));
    if (request.kind === 'meter_mod') handlers.onMeter(numberBut(request.meter.meter, allMeters));
  }
}

function numberBut(number: number, all: number): number | undefined {
  return number === all ? undefined : number;
}
