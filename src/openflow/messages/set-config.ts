// OFPT_SET_CONFIG (OpenFlow 1.5.1 section 7.3.2).

import { switchConfig } from './shared/switch-config.ts';

export const setConfig = switchConfig('set_config', 9, 'OFPT_SET_CONFIG');
