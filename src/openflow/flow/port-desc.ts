// A port of a switch: what it is, in bytes (struct ofp_port: fixed in OpenFlow 1.3, with properties since 1.4; OpenFlow 1.5.1
// section 7.2.1), and in text (OVS lib/ofp-port.c).

import { takeEntry } from '../codec/entry.ts';
import { type PropertyTable, readNamed, writeNamed } from '../codec/property-order.ts';
import { bitNames } from '../text/bit-names.ts';
import { macText } from '../text/format-value.ts';
import { type FormatOptions, formatPort } from '../text/names.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow14 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import type { PropertyOrder } from './property.ts';

/** A port: number, name, addresses and state. */
export interface PortDesc {
  readonly portNo: number;
  readonly name: string;
  /** 48 bits. */
  readonly hwAddr: bigint;
  /** OFPPC_*: 1 down, 4 no receive, 0x20 no forward, 0x40 no packet-in. */
  readonly config: number;
  /** OFPPS_*: 1 link down, 2 blocked, 4 live. */
  readonly state: number;
  /** Present when the switch sent the Ethernet property; always in OpenFlow 1.3. */
  readonly ethernet?: EthernetPort;
  /** Exactly which properties a decoded port has; absent: the Ethernet one, if any. */
  readonly propertyOrder?: PropertyOrder<'ethernet'>;
}

/** The Ethernet property of a port (OpenFlow 1.5.1 section 7.2.1.2). */
export interface EthernetPort {
  /** Bits of ofp_port_features. */
  readonly current: number;
  readonly advertised: number;
  readonly supported: number;
  readonly peer: number;
  /** kbit/s. */
  readonly currentSpeed: number;
  readonly maxSpeed: number;
}

const nameLength = 16;
const fixedLength = 40;

function writeEthernet(writer: Writer, ethernet: EthernetPort): void {
  writer.u32(ethernet.current);
  writer.u32(ethernet.advertised);
  writer.u32(ethernet.supported);
  writer.u32(ethernet.peer);
  writer.u32(ethernet.currentSpeed);
  writer.u32(ethernet.maxSpeed);
}

function readEthernet(reader: Reader): EthernetPort {
  return {
    current: reader.u32(),
    advertised: reader.u32(),
    supported: reader.u32(),
    peer: reader.u32(),
    currentSpeed: reader.u32(),
    maxSpeed: reader.u32(),
  };
}

const noEthernet: EthernetPort = { current: 0, advertised: 0, supported: 0, peer: 0, currentSpeed: 0, maxSpeed: 0 };

const properties: PropertyTable<{ ethernet?: EthernetPort }, 'ethernet'> = {
  ethernet: {
    type: 0,
    bytes: 28,
    isIn: ({ ethernet }) => ethernet !== undefined,
    write({ ethernet = noEthernet }, writer) {
      writer.zeros(4);
      writeEthernet(writer, ethernet);
    },
    read(value) {
      value.pad(4);
      return { ethernet: readEthernet(value) };
    },
  },
};

function writeHead(writer: Writer, port: PortDesc): void {
  writer.mac(port.hwAddr);
  writer.zeros(2);
  writer.text(port.name, nameLength);
  writer.u32(port.config);
  writer.u32(port.state);
}

function readHead(reader: Reader): Omit<PortDesc, 'portNo'> {
  const hwAddr = reader.mac();
  reader.pad(2);
  return { hwAddr, name: reader.text(nameLength), config: reader.u32(), state: reader.u32() };
}

export function encodePort(writer: Writer, port: PortDesc): void {
  const start = writer.length;
  writer.u32(port.portNo);
  if (writer.version < openflow14) {
    writer.zeros(4);
    writeHead(writer, port);
    writeEthernet(writer, port.ethernet ?? noEthernet);
    return;
  }
  writer.u16(0);
  writer.zeros(2);
  writeHead(writer, port);
  writeNamed(writer, properties, port, port.propertyOrder);
  writer.patchLength(start + 4, start, 'a port');
}

/** Reads one port and moves behind it. */
export function decodePort(outer: Reader): PortDesc {
  if (outer.version < openflow14) {
    const portNo = outer.u32();
    outer.pad(4);
    return { portNo, ...readHead(outer), ethernet: readEthernet(outer) };
  }
  const reader = takeEntry(outer, fixedLength, 'port', 4);
  const portNo = reader.u32();
  reader.skip(2);
  reader.pad(2);
  const head = readHead(reader);
  const body: { ethernet?: EthernetPort } = {};
  const propertyOrder = readNamed(reader, properties, body);
  return { portNo, ...head, ...body, ...(propertyOrder && { propertyOrder }) };
}

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
