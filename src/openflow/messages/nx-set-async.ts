// NXT_SET_ASYNC_CONFIG (OVS include/openflow/nicira-ext.h).

import { asyncConfig } from './shared/async-config.ts';
import { nicira } from './shared/message-definition.ts';

export const nxSetAsync = asyncConfig('nx_set_async', [nicira(19)], 'NXT_SET_ASYNC_CONFIG');
