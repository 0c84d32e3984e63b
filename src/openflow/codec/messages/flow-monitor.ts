// What OpenFlow 1.3 says of flow monitors outside of OFPMP_FLOW_MONITOR: cancel, paused, resumed (OVS
// include/openflow/openflow-1.3.h). Later versions say it in requests and replies.

import type { MessageCodec } from '../message-codec.ts';

/** Ends a flow monitor in OpenFlow 1.3 (ONF EXT-187). */
export interface FlowMonitorCancel {
  readonly kind: 'flow_monitor_cancel';
  /** The monitor's id, from the request that made it. */
  readonly id: number;
}

export const flowMonitorCancel: MessageCodec<FlowMonitorCancel> = {
  encodeBody: (body, writer) => writer.u32(body.id),
  decodeBody: reader => ({ kind: 'flow_monitor_cancel', id: reader.u32() }),
};
