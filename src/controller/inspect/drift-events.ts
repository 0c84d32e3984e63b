// What others have changed on a bridge, told of the bridge and of each object whose flows these were; and what it has lost by itself.

import { decodeCookie } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import type { NewEvent } from '../events/event.ts';
import type { Drift } from '../flows/drift.ts';
import type { PortSetting } from '../flows/port-settings.ts';
import { objectOf } from './object-of.ts';

const told = { severity: 'warning', reason: 'flows-restored' } as const;

/** The numbers are in the log: an event that says the same again is counted. */
export function eventsOfDrift(bridge: string, drift: Drift, program: Program): readonly NewEvent[] {
  const what = (['flows', 'groups', 'meters'] as const).filter(kind => drift[kind] > 0).join(', ');
  const names = new Map<string, NewEvent['object']>();
  for (const cookie of drift.cookies) {
    const parts = decodeCookie(BigInt(cookie));
    const object = parts && objectOf(program, parts);
    if (object) names.set(object.href, { kind: object.kind, name: object.name });
  }
  return [
    {
      ...told,
      object: { kind: 'bridges', name: bridge },
      message: `somebody else changed ${what} of pointsman; they are put back`,
    },
    ...[...names.values()].map(object => ({
      ...told,
      object,
      message: `somebody else changed flows of it on bridge ${bridge}; they are put back`,
    })),
  ];
}

/** Of a switch that was away, as for a restart of ovs-vswitchd. */
export function eventOfRestored(bridge: string): NewEvent {
  const message = 'the switch came back without flows of pointsman; they are put back';
  return { ...told, object: { kind: 'bridges', name: bridge }, message };
}

/** Of a port of ours that was to pass nothing on. */
export function eventOfPort(bridge: string, { name, setting }: PortSetting): NewEvent {
  const message = `somebody else set the port to ${setting} on bridge ${bridge} (ovs-ofctl mod-port); it is set back`;
  return { severity: 'warning', reason: 'port-restored', object: { kind: 'devices', name }, message };
}
