// NXT_RESUME: a paused pipeline goes on (OVS include/openflow/nicira-ext.h).

import { packetInProperties } from './shared/packet-in-properties.ts';

export const resume = packetInProperties('resume', 28, 'NXT_RESUME');
