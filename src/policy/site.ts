// Where something is, as seen from the node that the program is for.

import type { Transit } from './transit.ts';

export type Site =
  | { readonly kind: 'here' }
  /** At another node. */
  | { readonly kind: 'peer'; readonly transit: Transit }
  /** At no node, or at one that cannot be reached from here. */
  | { readonly kind: 'nowhere' };
