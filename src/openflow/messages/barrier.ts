// OFPT_BARRIER_REQUEST and OFPT_BARRIER_REPLY (OpenFlow 1.5.1 section 7.3.7).

import { emptyMessage } from './shared/message-definition.ts';

export const barrierRequest = emptyMessage('barrier_request', [{ type: 20 }], 'OFPT_BARRIER_REQUEST');
export const barrierReply = emptyMessage('barrier_reply', [{ type: 21 }], 'OFPT_BARRIER_REPLY');
