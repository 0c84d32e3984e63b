// NXT_CT_FLUSH_ZONE (OVS include/openflow/nicira-ext.h).

import { type MessageDefinition, nicira } from './shared/message-definition.ts';

/** Forgets every tracked connection of a zone. */
export interface CtFlushZone {
  readonly kind: 'ct_flush_zone';
  readonly zone: number;
}

export const ctFlushZone: MessageDefinition<CtFlushZone> = {
  kind: 'ct_flush_zone',
  places: [nicira(29)],
  encode(body, writer) {
    writer.zeros(6);
    writer.u16(body.zone);
  },
  decode(reader) {
    reader.pad(6);
    return { kind: 'ct_flush_zone', zone: reader.u16() };
  },
  name: 'NXT_CT_FLUSH_ZONE',
  print: ({ zone }) => ` zone_id=${zone}`,
};
