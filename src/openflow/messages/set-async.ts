// OFPT_SET_ASYNC (OpenFlow 1.5.1 section 7.3.10).

import { asyncConfig } from './shared/async-config.ts';

export const setAsync = asyncConfig('set_async', [{ type: 28 }], 'OFPT_SET_ASYNC');
