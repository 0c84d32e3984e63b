// Why packets come to the controller.

/** By OFPR_* number. */
export const packetInReasons = [
  'table_miss',
  'apply_action',
  'invalid_ttl',
  'action_set',
  'group',
  'packet_out',
] as const;

/** Why a packet came to the controller (OFPR_*); a number where it is none of these. */
export type PacketInReason = (typeof packetInReasons)[number] | number;

/** Names that texts still have from OpenFlow 1.0. */
const older: Readonly<Record<string, string>> = { table_miss: 'no_match', apply_action: 'action' };

/** As ovs-ofctl says them, by OFPR_* number. */
export const packetInReasonTexts: readonly string[] = packetInReasons.map(name => older[name] ?? name);
