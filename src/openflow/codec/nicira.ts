// Numbers of the vendors whose extensions Open vSwitch speaks (OVS include/openflow/openflow-common.h).

/** NX_VENDOR_ID. */
export const niciraVendor = 0x00002320;

/** ONF_VENDOR_ID: what OpenFlow 1.3 takes from later versions. */
export const onfVendor = 0x4f4e4600;

/** (offset << 6) | (bits - 1): how NXAST_CT and its like name bits of a field. */
export function packBits(offset: number, bits: number): number {
  return (offset << 6) | (bits - 1);
}

export function unpackBits(packed: number): { readonly offset: number; readonly bits: number } {
  return { offset: packed >> 6, bits: (packed & 0x3f) + 1 };
}
