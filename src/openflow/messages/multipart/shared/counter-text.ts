// Counters that a switch may not have.

import { unknownCount } from '../../../text/unknown.ts';

export function counterText(value: bigint): string {
  return value === unknownCount ? '?' : String(value);
}
