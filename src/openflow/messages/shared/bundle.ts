// What all messages of bundles share (OpenFlow 1.5.1 section 7.3.9; OVS lib/ofp-bundle.c).

import { bitNames } from '../../text/bit-names.ts';
import { openflow14 } from '../../wire/version.ts';

/** OFPBF_*; `time` since OpenFlow 1.5. */
export const bundleFlag = { atomic: 1, ordered: 2, time: 4 } as const;

const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'atomic'],
  [2, 'ordered'],
];

export function bundleName(what: 'CONTROL' | 'ADD_MESSAGE', version: number): string {
  return `${version >= openflow14 ? 'OFPT' : 'ONFT'}_BUNDLE_${what}`;
}

export function bundleFlagsText(flags: number): string {
  return bitNames(flags, flagNames, ' ');
}
