// OFPMP_PORT_DESC (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-port.c).

import { decodePort, encodePort, formatPortDesc, type PortDesc } from '../../flow/port-desc.ts';
import { port as portNumber } from '../../flow/ports.ts';
import { formatPort } from '../../text/names.ts';
import { openflow15 } from '../../wire/version.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface PortDescRequest {
  readonly type: 'port_desc';
  /** Absent: all ports. OpenFlow 1.3 and 1.4 always ask for all. */
  readonly port?: number;
}

export const portDesc: MultipartDefinition<PortDescRequest, PortDesc> = {
  type: 'port_desc',
  places: [{ type: 13 }],
  encodeRequest(request, writer) {
    if (writer.version < openflow15) return;
    writer.u32(request.port ?? portNumber.any);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    // Without a body, as before 1.5, it asks for all.
    if (reader.version < openflow15) return { type: 'port_desc' };
    const port = reader.u32();
    reader.pad(4);
    return { type: 'port_desc', ...(port !== portNumber.any && { port }) };
  },
  encodeEntry: (entry, writer) => encodePort(writer, entry),
  decodeEntry: decodePort,
  name: 'OFPST_PORT_DESC',
  printRequest: ({ port }, version, options) =>
    version >= openflow15 ? ` port=${formatPort(port ?? portNumber.any, options)}` : ' port=ANY',
  printReply(entries) {
    const sorted = [...entries].sort((a, b) => a.portNo - b.portNo);
    return sorted.map(port => `\n${formatPortDesc(port)}`).join('');
  },
};
