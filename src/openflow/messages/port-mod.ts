// OFPT_PORT_MOD: fixed in OpenFlow 1.3, with properties since 1.4 (OpenFlow 1.5.1 section 7.3.4.4; OVS lib/ofp-port.c).

import { type PropertyTable, readNamed, writeNamed } from '../codec/property-order.ts';
import { portConfigText, portFeaturesText } from '../flow/port-desc.ts';
import type { PropertyOrder } from '../flow/property.ts';
import { macText } from '../text/format-value.ts';
import { formatPort } from '../text/names.ts';
import { openflow14 } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** Changes the configuration of a port (OpenFlow 1.5.1 section 7.3.4.4). */
export interface PortMod {
  readonly kind: 'port_mod';
  readonly portNo: number;
  /** Must be the address of the port: 48 bits. */
  readonly hwAddr: bigint;
  /** OFPPC_*, of which those under `mask` change. */
  readonly config: number;
  readonly mask: number;
  /** Bits of ofp_port_features; absent or 0: as they are. */
  readonly advertise?: number;
  /** Exactly which properties a decoded message has; absent: the features, if any. */
  readonly propertyOrder?: PropertyOrder<'advertise'>;
}

const properties: PropertyTable<{ advertise?: number }, 'advertise'> = {
  advertise: {
    type: 0,
    bytes: 4,
    isIn: ({ advertise }) => advertise !== undefined,
    write: ({ advertise = 0 }, writer) => writer.u32(advertise),
    read: value => ({ advertise: value.u32() }),
  },
};

export const portMod: MessageDefinition<PortMod> = {
  kind: 'port_mod',
  places: [{ type: 16 }],
  encode(body, writer) {
    writer.u32(body.portNo);
    writer.zeros(4);
    writer.mac(body.hwAddr);
    writer.zeros(2);
    writer.u32(body.config);
    writer.u32(body.mask);
    if (writer.version >= openflow14) {
      writeNamed(writer, properties, body, body.propertyOrder);
    } else {
      writer.u32(body.advertise ?? 0);
      writer.zeros(4);
    }
  },
  decode(reader) {
    const portNo = reader.u32();
    reader.pad(4);
    const hwAddr = reader.mac();
    reader.pad(2);
    const config = reader.u32();
    const mask = reader.u32();
    const found: { advertise?: number } = {};
    let propertyOrder: PropertyOrder<'advertise'> | undefined;
    if (reader.version >= openflow14) {
      propertyOrder = readNamed(reader, properties, found);
    } else {
      const advertise = reader.u32();
      if (advertise !== 0) found.advertise = advertise;
      reader.pad(4);
    }
    return { kind: 'port_mod', portNo, hwAddr, config, mask, ...found, ...(propertyOrder && { propertyOrder }) };
  },
  name: 'OFPT_PORT_MOD',
  print: ({ portNo, hwAddr, config, mask, advertise }, options) =>
    [
      ` port: ${formatPort(portNo, options)}: addr:${macText(hwAddr)}`,
      `     config: ${portConfigText(config)}`,
      `     mask:   ${portConfigText(mask)}`,
      `     advertise: ${advertise ? portFeaturesText(advertise) : 'UNCHANGED'}`,
    ].join('\n'),
};
