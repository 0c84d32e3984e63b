// NXAST_WRITE_METADATA; texts say the instruction instead.

import { formatWriteMetadata } from '../text/write-metadata.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Write the metadata, as the instruction write_metadata does. */
export interface NxWriteMetadataAction {
  readonly kind: 'nx_write_metadata';
  readonly value: bigint;
  readonly mask: bigint;
}

export const nxWriteMetadata: ActionDefinition<NxWriteMetadataAction> = {
  kind: 'nx_write_metadata',
  forms: [
    {
      place: nicira(22),
      encode(action, writer) {
        writer.zeros(6);
        writer.u64(action.value);
        writer.u64(action.mask);
      },
      decode(reader) {
        reader.pad(6);
        return { kind: 'nx_write_metadata', value: reader.u64(), mask: reader.u64() };
      },
    },
  ],
  print: action => formatWriteMetadata(action.value, action.mask),
};
