// Flags of flows as ovs-ofctl writes them (OVS lib/ofp-flow.c).

/** Bits of ofp_flow_mod_flags by OVS's names. */
const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'send_flow_rem'],
  [2, 'check_overlap'],
  [4, 'reset_counts'],
  [8, 'no_packet_counts'],
  [16, 'no_byte_counts'],
];

/** Each name with a space behind it. */
export function flowFlagsText(flags: number): string {
  return flagNames
    .filter(([bit]) => flags & bit)
    .map(([, name]) => `${name} `)
    .join('');
}
