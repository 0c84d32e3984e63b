// ONFT_FLOW_MONITOR_PAUSED (OVS include/openflow/openflow-1.3.h); later versions say it in a reply.

import { emptyMessage, onf13 } from './shared/message-definition.ts';

export const flowMonitorPaused = emptyMessage('flow_monitor_paused', [onf13(1871)], 'ONFT_FLOW_MONITOR_PAUSED');
