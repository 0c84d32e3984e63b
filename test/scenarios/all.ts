// The scenarios of the demo, in the order of the story they tell.

import { arp } from './arp.ts';
import { drops } from './drops.ts';
import { representor } from './representor.ts';
import { routed } from './routed.ts';
import type { Scenario } from './scenario.ts';
import { snatAci } from './snat-aci.ts';
import { snatEvpn } from './snat-evpn.ts';
import { snatVlan } from './snat-vlan.ts';
import { tenants } from './tenants.ts';

export const scenarios: readonly Scenario[] = [snatVlan, snatEvpn, snatAci, routed, representor, tenants, drops, arp];
