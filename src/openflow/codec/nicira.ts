// Numbers of the Nicira extensions (OVS include/openflow/nicira-ext.h, lib/ofp-actions.c).

/** NX_VENDOR_ID. */
export const niciraVendor = 0x00002320;

/** (offset << 6) | (bits - 1): how NXAST_CT and its like name bits of a field. */
export function packBits(offset: number, bits: number): number {
  return (offset << 6) | (bits - 1);
}

export function unpackBits(packed: number): { readonly offset: number; readonly bits: number } {
  return { offset: packed >> 6, bits: (packed & 0x3f) + 1 };
}
