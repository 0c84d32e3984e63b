// OFPT_GET_ASYNC_REQUEST and OFPT_GET_ASYNC_REPLY (OpenFlow 1.5.1 section 7.3.10).

import { asyncConfig } from './shared/async-config.ts';
import { emptyMessage } from './shared/message-definition.ts';

export const getAsyncRequest = emptyMessage('get_async_request', [{ type: 26 }], 'OFPT_GET_ASYNC_REQUEST');
export const getAsyncReply = asyncConfig('get_async_reply', [{ type: 27 }], 'OFPT_GET_ASYNC_REPLY');
