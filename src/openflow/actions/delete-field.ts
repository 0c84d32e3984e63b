// NXAST_DELETE_FIELD.

import { readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { FieldName } from '../flow/fields.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { parseField } from '../text/parse/parse-subfield.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { fixed, nicira } from './shared/action-form.ts';

/** Take an option of the tunnel header away. */
export interface DeleteFieldAction {
  readonly kind: 'delete_field';
  readonly field: FieldName;
  readonly header?: number;
}

export const deleteField: ActionDefinition<DeleteFieldAction> = {
  kind: 'delete_field',
  forms: [
    fixed(14, {
      place: nicira(50),
      encode(action, writer) {
        const start = writer.length;
        writeFieldHeader(writer, action, 0);
        writer.zeros(14 - (writer.length - start));
      },
      decode(reader) {
        const field = readFieldHeader(reader, 0);
        if (!field) return undefined;
        reader.pad(reader.remaining);
        return { kind: 'delete_field', ...field };
      },
    }),
  ],
  print: action => `delete_field:${action.field}`,
  words: {
    delete_field(value) {
      const field = parseField(value);
      if (!field.variable) throw unexpected(value, 'an option of a tunnel, such as tun_metadata0');
      return { kind: 'delete_field', field: field.name };
    },
  },
};
