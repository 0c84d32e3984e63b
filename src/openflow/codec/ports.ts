// struct ofp_port (OpenFlow 1.5.1 section 7.2.1).

import { OpenFlowDecodeError } from '../errors.ts';
import type { EthernetPort, PortDesc } from '../flow/port-desc.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readProperties, writeProperty } from './properties.ts';

const nameLength = 16;
const ethernetProperty = 0;
const fixedLength = 40;

export function encodePort(writer: Writer, port: PortDesc): void {
  const start = writer.length;
  writer.u32(port.portNo);
  writer.u16(0);
  writer.zeros(2);
  writer.mac(port.hwAddr);
  writer.zeros(2);
  writer.text(port.name, nameLength);
  writer.u32(port.config);
  writer.u32(port.state);
  const { ethernet } = port;
  if (ethernet) {
    writeProperty(writer, ethernetProperty, w => {
      w.zeros(4);
      w.u32(ethernet.current);
      w.u32(ethernet.advertised);
      w.u32(ethernet.supported);
      w.u32(ethernet.peer);
      w.u32(ethernet.currentSpeed);
      w.u32(ethernet.maxSpeed);
    });
  }
  writer.patchLength(start + 4, start, 'a port');
}

function decodeEthernet(reader: Reader): EthernetPort {
  reader.pad(4);
  return {
    current: reader.u32(),
    advertised: reader.u32(),
    supported: reader.u32(),
    peer: reader.u32(),
    currentSpeed: reader.u32(),
    maxSpeed: reader.u32(),
  };
}

/** Reads one port and moves behind it. Properties it does not know are dropped. */
export function decodePort(outer: Reader): PortDesc {
  const length = outer.peekU16(4);
  if (length < fixedLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `port of ${length} bytes`);
  const reader = outer.sub(length);
  const portNo = reader.u32();
  reader.skip(2);
  reader.pad(2);
  const hwAddr = reader.mac();
  reader.pad(2);
  const name = reader.text(nameLength);
  const config = reader.u32();
  const state = reader.u32();
  let ethernet: EthernetPort | undefined;
  for (const { type, value } of readProperties(reader)) {
    if (type === ethernetProperty) ethernet = decodeEthernet(value);
  }
  return { portNo, name, hwAddr, config, state, ...(ethernet && { ethernet }) };
}
