// Flags of flows as ovs-ofctl writes them (OVS lib/ofp-flow.c).

/** Bits of ofp_flow_mod_flags by OVS's names. */
export const flowFlags: ReadonlyMap<string, number> = new Map([
  ['send_flow_rem', 1],
  ['check_overlap', 2],
  ['reset_counts', 4],
  ['no_packet_counts', 8],
  ['no_byte_counts', 16],
]);

/** Each name with a space behind it. */
export function flowFlagsText(flags: number): string {
  if (flags === 0) return '';
  let text = '';
  for (const [name, bit] of flowFlags) if (flags & bit) text += `${name} `;
  return text;
}
