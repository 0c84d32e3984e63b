// OFPT_BUNDLE_CONTROL and the head of OFPT_BUNDLE_ADD_MESSAGE, ONFT_* in OpenFlow 1.3 (OVS lib/ofp-bundle.c).

import type { BundleControl } from '../../codec/messages/bundle.ts';
import { openflow14 } from '../../wire/version.ts';
import { bitNames } from '../bit-names.ts';
import { hex } from '../format-value.ts';
import type { MessagePrinter } from '../message-printer.ts';

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

export const bundleControl: MessagePrinter<BundleControl> = {
  name: ({ version }) => bundleName('CONTROL', version),
  print({ bundleId, type, flags }) {
    const name = typeof type === 'number' ? '' : type.toUpperCase();
    return `\n bundle_id=${hex(bundleId)} type=${name} flags=${bundleFlagsText(flags)}`;
  },
};
