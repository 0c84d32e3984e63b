// struct ofp_port: fixed in OpenFlow 1.3, with properties since 1.4 (OpenFlow 1.5.1 section 7.2.1).

import type { EthernetPort, PortDesc } from '../flow/port-desc.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow14 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import { takeEntry } from './entry.ts';
import { type PropertyTable, readNamed, writeNamed } from './property-order.ts';

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
