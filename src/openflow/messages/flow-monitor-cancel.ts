// ONFT_FLOW_MONITOR_CANCEL (OVS include/openflow/openflow-1.3.h); later versions say it in a request.

import { type MessageDefinition, onf13 } from './shared/message-definition.ts';

/** Ends a flow monitor in OpenFlow 1.3 (ONF EXT-187). */
export interface FlowMonitorCancel {
  readonly kind: 'flow_monitor_cancel';
  /** The monitor's id, from the request that made it. */
  readonly id: number;
}

export const flowMonitorCancel: MessageDefinition<FlowMonitorCancel> = {
  kind: 'flow_monitor_cancel',
  places: [onf13(1870)],
  encode: (body, writer) => writer.u32(body.id),
  decode: reader => ({ kind: 'flow_monitor_cancel', id: reader.u32() }),
  name: 'ONFT_FLOW_MONITOR_CANCEL',
  print: ({ id }) => ` id=${id}`,
};
