// ONFT_FLOW_MONITOR_RESUMED (OVS include/openflow/openflow-1.3.h); later versions say it in a reply.

import { emptyMessage, onf13 } from './shared/message-definition.ts';

export const flowMonitorResumed = emptyMessage('flow_monitor_resumed', [onf13(1872)], 'ONFT_FLOW_MONITOR_RESUMED');
