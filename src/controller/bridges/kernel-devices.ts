// Devices of the kernel as `ip` shows them, many in one run.

import { z } from 'zod';
import type { RunIp } from './run-ip.ts';

/** The part of `ip -j addr show` that is read. */
const addressSchema = z.object({
  family: z.string().optional(),
  local: z.string().optional(),
  prefixlen: z.number().optional(),
  broadcast: z.string().optional(),
  scope: z.string().optional(),
  label: z.string().optional(),
  /** In the shadow of the first address of its subnet, and by default gone when that goes. */
  secondary: z.boolean().default(false),
  valid_life_time: z.number().optional(),
  preferred_life_time: z.number().optional(),
});
const linksSchema = z.array(
  z.object({
    // `ip` prints empty objects for what its filters leave out.
    ifname: z.string().optional(),
    flags: z.array(z.string()).default([]),
    addr_info: z.array(addressSchema).default([]),
  }),
);

export type KernelAddress = z.infer<typeof addressSchema>;

export interface KernelDevice {
  /** Such as `UP` and `NOARP`. */
  readonly flags: readonly string[];
  readonly addresses: readonly KernelAddress[];
}

/** Those of the devices that the kernel has; or why `ip` says nothing of any. */
export async function readDevices(
  names: Iterable<string>,
  runIp: RunIp,
): Promise<ReadonlyMap<string, KernelDevice> | string> {
  const wanted = [...new Set(names)];
  const shown = await runIp(['-j', '-force', '-batch', '-'], wanted.map(name => `addr show dev ${name}\n`).join(''));
  const found = new Map<string, KernelDevice>();
  // One line of JSON for each device; of one that is not there, nothing.
  for (const line of shown.stdout.split('\n').filter(Boolean)) {
    const links = readLinks(line);
    if (!links) return 'ip says what cannot be understood';
    for (const { ifname, flags, addr_info } of links)
      if (ifname !== undefined && wanted.includes(ifname)) found.set(ifname, { flags, addresses: addr_info });
  }
  return found.size === 0 && shown.kind === 'error' ? shown.message : found;
}

/** `192.0.2.1/24` */
export function prefixOf({ local, prefixlen }: KernelAddress): string {
  return `${local}/${prefixlen}`;
}

/** What brings an address back as it was; `ip` takes it also where the address is still there. */
export function restoreCommand(device: string, address: KernelAddress): string {
  const { broadcast, scope, label, valid_life_time: valid, preferred_life_time: preferred } = address;
  const pairs = [
    ['brd', broadcast],
    ['scope', scope],
    ['label', label],
    // 2^32-1 seconds are for ever.
    ...(valid === undefined || valid === 0xffffffff ? [] : [['valid_lft', valid] as const]),
    ...(preferred === undefined || preferred === 0xffffffff ? [] : [['preferred_lft', preferred] as const]),
  ];
  const options = pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return ['addr replace', prefixOf(address), ...options, `dev ${device}`].join(' ');
}

function readLinks(text: string): z.infer<typeof linksSchema> | undefined {
  try {
    return linksSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
