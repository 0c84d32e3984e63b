// NXAST_RESUBMIT, NXAST_RESUBMIT_TABLE and NXAST_RESUBMIT_TABLE_CT: `resubmit(,10)`.

import { port, portFrom16, portTo16 } from '../flow/ports.ts';
import { formatPort, formatTable } from '../text/names.ts';
import { split, unexpected } from '../text/parse/cursor.ts';
import { isTracked, lackingState } from '../text/parse/packet.ts';
import { parsePort, parseTable } from '../text/parse/parse-number.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { type ActionForm, nicira, type WireForm } from './shared/action-form.ts';

/** Look the packet up again, in `table`, as if it had come in by `inPort`. */
export interface ResubmitAction {
  readonly kind: 'resubmit';
  readonly table?: number;
  readonly inPort?: number;
  readonly ct?: boolean;
  readonly form?: WireForm;
}

const thisTable = 0xff;

function resubmitTable(subtype: number, ct: boolean): ActionForm<ResubmitAction> {
  return {
    place: nicira(subtype),
    fits: action => (action.ct ?? false) === ct,
    encode(action, writer) {
      writer.u16(portTo16(action.inPort ?? port.inPort));
      writer.u8(action.table ?? thisTable);
      writer.zeros(3);
    },
    decode(reader) {
      const inPort = portFrom16(reader.u16());
      const table = reader.u8();
      reader.pad(3);
      return resubmitOf(inPort, table, ct);
    },
  };
}

function resubmitOf(inPort: number, table: number, ct: boolean): ResubmitAction {
  return {
    kind: 'resubmit',
    ...(table !== thisTable && { table }),
    ...(inPort !== port.inPort && { inPort }),
    ...(ct && { ct }),
  };
}

const parse: ActionParser = (value, context) => {
  const [inPort, table, ct, more] = split(value, ',');
  if (more || (ct && ct.text !== 'ct' && ct.text !== '')) throw unexpected(more ?? ct ?? value, 'ct, or nothing more');
  if (!inPort?.text && !table?.text) throw unexpected(value, 'a port, a table, or both');
  const from = inPort?.text ? parsePort(inPort, context) : port.inPort;
  const number = table?.text ? parseTable(table, context) : thisTable;
  return resubmitOf(from, number, ct?.text === 'ct');
};

export const resubmit: ActionDefinition<ResubmitAction> = {
  kind: 'resubmit',
  forms: [
    resubmitTable(14, false),
    resubmitTable(44, true),
    {
      // The oldest, which knows no table.
      place: nicira(1),
      form: 'NXAST_RESUBMIT',
      encode(action, writer) {
        writer.u16(portTo16(action.inPort ?? port.inPort));
        writer.zeros(4);
      },
      decode(reader) {
        const inPort = portFrom16(reader.u16());
        reader.pad(4);
        return resubmitOf(inPort, thisTable, false);
      },
    },
  ],
  print({ table, inPort, ct }, options) {
    const inText = inPort === undefined || inPort === port.inPort ? '' : formatPort(inPort, options);
    if (inText && table === undefined) return `resubmit:${inText}`;
    return `resubmit(${inText},${table === undefined ? '' : formatTable(table, options)}${ct ? ',ct' : ''})`;
  },
  words: { resubmit: parse },
  check({ ct }, packet, { where }) {
    if (ct && !isTracked(packet)) throw unexpected(where, `${lackingState} beside ct`);
  },
  canonical(action) {
    const { table = thisTable, inPort = port.inPort, ct, form } = action;
    const isCanonical = action.table !== thisTable && action.inPort !== port.inPort && ct !== false;
    return isCanonical && form === undefined ? action : resubmitOf(inPort, table, ct ?? false);
  },
};
