// A scenario sends packets and says what became of them, one check a line. Tests assert the checks; the demo prints them.

import type { World } from './world.ts';

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen, for the reader. */
  readonly seen: string;
}

export interface Scenario {
  readonly title: string;
  readonly run: (world: World) => Promise<readonly Check[]>;
}

export function check(what: string, ok: boolean, seen: string): Check {
  return { what, ok, seen };
}
