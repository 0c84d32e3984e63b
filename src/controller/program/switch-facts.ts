// What the switch shows as facts: OpenFlow ports of devices, and which Port a device is.

import type { FactWriter, Program } from '../../policy/engine/program.ts';
import { attached, type Bridge, ofportKey, ofports } from '../../policy/facts/base.ts';
import type { Observed } from '../../policy/observed.ts';

/** @param program what it knew so far: what is not in `observed` goes */
export function followSwitch(facts: FactWriter, program: Program, observed: Observed): void {
  const known = new Set<string>();
  const bridges: readonly (readonly [Bridge, ReadonlyMap<string, number>])[] = [
    ['integration', observed.integrationPorts],
    ['physical', observed.physicalPorts],
  ];
  for (const [bridge, ports] of bridges)
    for (const [device, ofport] of ports) {
      known.add(ofportKey(bridge, device));
      facts.put(ofports, { bridge, device, ofport });
    }
  for (const { bridge, device } of [...program.rows(ofports)])
    if (!known.has(ofportKey(bridge, device))) facts.delete(ofports, ofportKey(bridge, device));
  for (const [port, ofport] of observed.attached) facts.put(attached, { port, ofport });
  for (const { port } of [...program.rows(attached)]) if (!observed.attached.has(port)) facts.delete(attached, port);
}
