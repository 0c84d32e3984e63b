// Puts the VTEP addresses on their devices, which are ports of the physical bridge. Open vSwitch finds the way of an
// encapsulated packet by the kernel's addresses and routes, so without them no tunnel works. Adds what is missing;
// removes nothing: an address that the configuration no longer names may be somebody else's.
//
// The kernel sees the frames of a system uplink too, and would answer ARP for the VTEP on it with the uplink's own MAC
// (it answers on any device for any address that it has): two answers race, and the wrong one is a VTEP that nobody
// reaches. An uplink has no address of its own, so its ARP is switched off.

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
    addr_info: z
      .array(
        z.object({
          family: z.string().optional(),
          local: z.string().optional(),
          prefixlen: z.number().optional(),
        }),
      )
      .default([]),
  }),
);

/** One state per VTEP, in their order. Call it again until all are `present`; then it runs two `ip` a VTEP. */
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
  const silenced = await silenceArp(vtep.port, runIp);
  if (silenced !== undefined) return failed(silenced);
  return { kind: missing.length > 0 ? 'added' : 'present', vtep: name, device };
}

/** Undefined when the kernel is silent on the port, or does not know it (a DPDK device); else why it is not. */
async function silenceArp(port: string, runIp: RunIp): Promise<string | undefined> {
  const shown = await runIp(['-j', 'addr', 'show', 'dev', port]);
  const link = shown.kind === 'ok' ? readLinks(shown.stdout)?.find(({ ifname }) => ifname === port) : undefined;
  if (!link || link.flags.includes('NOARP') || link.addr_info.some(({ family }) => family === 'inet')) return undefined;
  const done = await runIp(['link', 'set', 'dev', port, 'arp', 'off']);
  return done.kind === 'error' ? done.message : undefined;
}

function readLinks(text: string): z.infer<typeof linksSchema> | undefined {
  try {
    return linksSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
