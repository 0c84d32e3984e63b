// NXT_SET_ASYNC_CONFIG2: the properties of OpenFlow 1.4 for earlier versions (OVS include/openflow/nicira-ext.h).

import { openflow13 } from '../wire/version.ts';
import { asyncConfig } from './shared/async-config.ts';
import { nicira } from './shared/message-definition.ts';

export const nxSetAsync2 = asyncConfig(
  'nx_set_async2',
  [{ ...nicira(27), until: openflow13 }],
  'NXT_SET_ASYNC_CONFIG2',
);
