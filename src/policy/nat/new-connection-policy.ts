// What becomes of a connection that begins inside: its translation is committed, or it is dropped.

export const newConnectionPolicies = ['datapath', 'drop'] as const;

export type NewConnectionPolicy = (typeof newConnectionPolicies)[number];
