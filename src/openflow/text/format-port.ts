// A port as `ovs-ofctl show` writes it (OVS lib/ofp-port.c).

import type { PortDesc } from '../flow/port-desc.ts';
import { bitNames } from './bit-names.ts';
import { macText } from './format-value.ts';
import { type FormatOptions, formatPort } from './names.ts';

/** OFPPC_*, in the order of OVS's own bits. */
const configNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'PORT_DOWN'],
  [4, 'NO_RECV'],
  [0x20, 'NO_FWD'],
  [0x40, 'NO_PACKET_IN'],
];

/** OFPPS_*. */
const stateNames: typeof configNames = [
  [1, 'LINK_DOWN'],
  [2, 'BLOCKED'],
  [4, 'LIVE'],
];

/** OFPPF_*. */
const featureNames: typeof configNames = [
  '10MB-HD',
  '10MB-FD',
  '100MB-HD',
  '100MB-FD',
  '1GB-HD',
  '1GB-FD',
  '10GB-FD',
  '40GB-FD',
  '100GB-FD',
  '1TB-FD',
  'OTHER',
  'COPPER',
  'FIBER',
  'AUTO_NEG',
  'AUTO_PAUSE',
  'AUTO_PAUSE_ASYM',
].map((name, bit) => [1 << bit, name]);

const all = (names: typeof configNames) => names.reduce((bits, [bit]) => bits | bit, 0);

export function portConfigText(config: number): string {
  return bitNames(config & all(configNames), configNames, ' ');
}

/** Bits of ofp_port_features by name; OVS drops those it does not know. */
export function portFeaturesText(features: number): string {
  return bitNames(features & all(featureNames), featureNames, ' ');
}

function printableName(name: string): string {
  return /^[\x20-\x7e]*/.exec(name)?.[0].slice(0, 15) ?? '';
}

/** The lines of a port: what it is, how it is configured, what it can do. */
export function formatPortDesc(port: PortDesc, options: FormatOptions = {}): string {
  const { ethernet } = port;
  const features = (label: string, bits: number | undefined) =>
    bits === undefined || (bits & all(featureNames)) === 0 ? [] : [`     ${label} ${portFeaturesText(bits)}`];
  const speed = (kilobits: number | undefined) => Math.floor((kilobits ?? 0) / 1000);
  return [
    ` ${formatPort(port.portNo, options)}(${printableName(port.name)}): addr:${macText(port.hwAddr)}`,
    `     config:     ${portConfigText(port.config)}`,
    `     state:      ${bitNames(port.state & all(stateNames), stateNames, ' ')}`,
    ...features('current:   ', ethernet?.current),
    ...features('advertised:', ethernet?.advertised),
    ...features('supported: ', ethernet?.supported),
    ...features('peer:      ', ethernet?.peer),
    `     speed: ${speed(ethernet?.currentSpeed)} Mbps now, ${speed(ethernet?.maxSpeed)} Mbps max`,
  ].join('\n');
}
