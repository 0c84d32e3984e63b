// NXT_PACKET_IN2 (OVS include/openflow/nicira-ext.h).

import { packetInProperties } from './shared/packet-in-properties.ts';

export const packetIn2 = packetInProperties('packet_in2', 30, 'NXT_PACKET_IN2');
