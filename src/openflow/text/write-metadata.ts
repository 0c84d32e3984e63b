// write_metadata, which is an instruction and an action.

import { hex } from './format-value.ts';

const allOnes = 0xffff_ffff_ffff_ffffn;

export function formatWriteMetadata(value: bigint, mask: bigint | undefined): string {
  const all = mask === undefined || mask === allOnes;
  return `write_metadata:${hex(value)}${all ? '' : `/${hex(mask)}`}`;
}
