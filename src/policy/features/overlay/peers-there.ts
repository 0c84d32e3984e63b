// Whether there are other nodes: for who does something once, whatever their number.

import { unit } from '../../engine/unit.ts';
import { peersThere } from '../../facts/derived.ts';
import { peerVteps } from '../../facts/objects.ts';

export const findPeers = unit({
  name: 'overlay/peers-there',
  over: peerVteps,
  reads: [],
  writes: [peersThere],
  emit: (_, __, out) => out.put(peersThere, { peers: true }),
});
