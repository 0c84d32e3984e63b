// Many modifications of meters with one barrier. They cannot be in a bundle (OpenFlow 1.5.1 section 7.3.9), and so each is
// taken or refused by itself.

import type { SwitchErrorInfo } from '../errors.ts';
import type { MeterEntry } from '../flow/meter.ts';
import type { MeterCommand } from '../messages/meter-mod.ts';
import { request } from './request.ts';
import type { ErrorRoute, Session } from './session.ts';
import type { Wait } from './watch.ts';

/** What to do with a meter. */
export interface MeterModification {
  readonly command: MeterCommand;
  readonly meter: MeterEntry;
}

/** A modification that the switch refused, and why. */
export interface MeterFailure {
  /** Place in the list that was given. */
  readonly index: number;
  readonly error: SwitchErrorInfo;
}

/** @throws ConnectionError, OpenFlowEncodeError */
export async function runMeterMods(
  session: Session,
  mods: readonly MeterModification[],
  wait: Wait,
): Promise<readonly MeterFailure[]> {
  if (mods.length === 0) return [];
  const failures: MeterFailure[] = [];
  const route: ErrorRoute = {
    firstXid: session.takeXids(mods.length),
    count: mods.length,
    onError: (index, error) => failures.push({ index, error }),
  };
  session.addRoute(route);
  try {
    for (const [index, { command, meter }] of mods.entries())
      session.send({ kind: 'meter_mod', command, meter }, route.firstXid + index);
    await request(session, { kind: 'barrier_request' }, wait);
    return failures;
  } finally {
    session.removeRoute(route);
  }
}
