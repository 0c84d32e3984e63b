// Puts the VTEP addresses on their devices, which are ports of the physical bridge. Open vSwitch finds the way of an
// encapsulated packet by the kernel's addresses and routes, so without them no tunnel works. Adds what is missing;
// removes nothing: an address that the configuration no longer names may be somebody else's.

import { z } from 'zod';
import { formatIp, formatPrefix } from '../../lib/address.ts';
import type { VtepConfig } from '../../policy/node.ts';
import type { RunIp } from './run-ip.ts';

export type VtepState =
  | { readonly kind: 'present'; readonly vtep: string; readonly device: string }
  | { readonly kind: 'added'; readonly vtep: string; readonly device: string }
  /** The device is not there yet, or `ip` failed: try again later. */
  | { readonly kind: 'failed'; readonly vtep: string; readonly device: string; readonly message: string };

/** The part of `ip -j addr show` that is read. */
const linksSchema = z.array(
  z.object({
    // `ip` prints empty objects for what its filters leave out.
    ifname: z.string().optional(),
    flags: z.array(z.string()).default([]),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() })).default([]),
  }),
);

/** One state per VTEP, in their order. Call it again until all are `present`; then it runs one `ip` a VTEP. */
export async function ensureVtepAddresses(vteps: readonly VtepConfig[], runIp: RunIp): Promise<readonly VtepState[]> {
  const states: VtepState[] = [];
  for (const vtep of vteps) states.push(await ensureVtep(vtep, runIp));
  return states;
}

async function ensureVtep(vtep: VtepConfig, runIp: RunIp): Promise<VtepState> {
  const { name, device } = vtep;
  const failed = (message: string): VtepState => ({ kind: 'failed', vtep: name, device, message });

  const shown = await runIp(['-j', 'addr', 'show', 'dev', device]);
  if (shown.kind === 'error') return failed(shown.message);
  const link = readLinks(shown.stdout)?.find(({ ifname }) => ifname === device);
  if (!link) return failed(`ip says nothing of ${device} that can be understood`);

  const local = formatIp(vtep.address.ip);
  const missing: string[][] = [];
  if (!link.addr_info.some(each => each.local === local && each.prefixlen === vtep.address.length)) {
    // The address is there alone on its link: duplicate address detection would hold an IPv6 one back for a second.
    const noDad = vtep.address.ip.family === 6 ? ['nodad'] : [];
    missing.push(['addr', 'replace', formatPrefix(vtep.address), 'dev', device, ...noDad]);
  }
  if (!link.flags.includes('UP')) missing.push(['link', 'set', 'dev', device, 'up']);
  for (const args of missing) {
    const done = await runIp(args);
    if (done.kind === 'error') return failed(done.message);
  }
  return { kind: missing.length > 0 ? 'added' : 'present', vtep: name, device };
}

function readLinks(text: string): z.infer<typeof linksSchema> | undefined {
  try {
    return linksSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
