// Types of actions in lists of features (OVS lib/ofp-actions.c).

/** By OFPAT_*, in the order of OVS. Those that it does not know it does not show. */
export const actionTypeNames: readonly (readonly [type: number, name: string])[] = [
  [0, 'output'],
  [22, 'group'],
  [25, 'set_field'],
  [18, 'strip_vlan'],
  [17, 'push_vlan'],
  [23, 'mod_nw_ttl'],
  [24, 'dec_ttl'],
  [15, 'set_mpls_ttl'],
  [16, 'dec_mpls_ttl'],
  [19, 'push_mpls'],
  [20, 'pop_mpls'],
  [21, 'set_queue'],
];
