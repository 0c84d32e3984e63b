// NXAST_RESUBMIT, NXAST_RESUBMIT_TABLE and NXAST_RESUBMIT_TABLE_CT (OVS lib/ofp-actions.c). Ports have 16 bits.

import { port, portFrom16, portTo16 } from '../../flow/ports.ts';
import type { ActionCodec, ActionDecoder, ActionOf } from './action-codec.ts';

const thisTable = 0xff;
const subtypes = { port: 1, table: 14, tableCt: 44 };

export const resubmit: ActionCodec<ActionOf<'resubmit'>> = {
  number: action => ({ subtype: action.ct ? subtypes.tableCt : subtypes.table }),
  encodeBody(action, writer) {
    writer.u16(portTo16(action.inPort ?? port.inPort));
    writer.u8(action.table ?? thisTable);
    writer.zeros(3);
  },
};

function decoder(ct: boolean): ActionDecoder {
  return reader => {
    const inPort = portFrom16(reader.u16());
    const table = reader.u8();
    return {
      kind: 'resubmit',
      ...(table !== thisTable && { table }),
      ...(inPort !== port.inPort && { inPort }),
      ...(ct && { ct }),
    };
  };
}

export const decodeResubmit = decoder(false);
export const decodeResubmitCt = decoder(true);

/** The oldest form, without a table. It is written back as NXAST_RESUBMIT_TABLE, which means the same. */
export const decodeResubmitPort: ActionDecoder = reader => ({ kind: 'resubmit', inPort: portFrom16(reader.u16()) });
