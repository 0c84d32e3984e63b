// OFPT_GET_CONFIG_REQUEST and OFPT_GET_CONFIG_REPLY (OpenFlow 1.5.1 section 7.3.2).

import { emptyMessage } from './shared/message-definition.ts';
import { switchConfig } from './shared/switch-config.ts';

export const getConfigRequest = emptyMessage('get_config_request', [{ type: 7 }], 'OFPT_GET_CONFIG_REQUEST');
export const getConfigReply = switchConfig('get_config_reply', 8, 'OFPT_GET_CONFIG_REPLY');
