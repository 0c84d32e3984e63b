// How large a batch may be. Whoever sends one may know it beforehand.

export const batchLimits = {
  items: 2000,
  /** Objects that a selector takes away, beside the items. */
  pruned: 2000,
  bytes: 8 * 1024 * 1024,
  /** Requests at a time, those that wait for the switch among them. */
  underWay: 16,
} as const;
