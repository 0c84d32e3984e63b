// Puts the VTEP addresses on their devices, which are ports of the physical bridge. Open vSwitch finds the way of an
// encapsulated packet by the kernel's addresses and routes, so without them no tunnel works. Adds what is missing, and
// takes away what it has put there itself once the configuration no longer has it: the records tell the two apart from
// what is somebody else's.
//
// The kernel sees the frames of a system uplink too, and would answer ARP for the VTEP on it with the uplink's own MAC
// (it answers on any device for any address that it has): two answers race, and the wrong one is a VTEP that nobody
// reaches. An uplink has no address of its own, so its ARP is switched off.

import { formatPrefix } from '../../lib/address.ts';
import type { VtepConfig } from '../../policy/node.ts';
import { type KernelDevice, prefixOf, readDevices, restoreCommand } from './kernel-devices.ts';
import type { RunIp } from './run-ip.ts';
import type { VtepRecords } from './vtep-records.ts';

export type VtepState =
  | { readonly kind: 'present'; readonly vtep: string; readonly device: string }
  | { readonly kind: 'added'; readonly vtep: string; readonly device: string }
  /** The device is not there yet, or `ip` failed: try again later. */
  | { readonly kind: 'failed'; readonly vtep: string; readonly device: string; readonly message: string }
  /** An address of before. */
  | { readonly kind: 'removed'; readonly address: string; readonly device: string }
  | { readonly kind: 'stays'; readonly address: string; readonly device: string; readonly message: string };

/**
 * What became of each address of before that had to go, then of each VTEP, in their order. Call it again and again: a
 * run of `ip` is all that it takes when there is nothing to do.
 * @throws what the records throw
 */
export async function ensureVtepAddresses(
  vteps: readonly VtepConfig[],
  records: VtepRecords,
  runIp: RunIp,
): Promise<readonly VtepState[]> {
  const recorded = records.read();
  const names = [...recorded.keys(), ...vteps.flatMap(({ device, port }) => [device, port])];
  const devices = names.length === 0 ? new Map() : await readDevices(names, runIp);
  if (typeof devices === 'string')
    return vteps.map(({ name, device }) => ({ kind: 'failed', vtep: name, device, message: devices }));
  const states: VtepState[] = [];
  for (const [device, addresses] of recorded) {
    const wanted = new Set(vteps.filter(vtep => vtep.device === device).map(({ address }) => formatPrefix(address)));
    for (const address of addresses.filter(each => !wanted.has(each)))
      states.push(...(await takeAway(device, address, devices.get(device), records, runIp)));
  }
  for (const vtep of vteps) states.push(await ensureVtep(vtep, devices, records, runIp));
  return states;
}

/** Nothing to tell where the address, or its device, is gone already. */
async function takeAway(
  device: string,
  address: string,
  found: KernelDevice | undefined,
  records: VtepRecords,
  runIp: RunIp,
): Promise<readonly VtepState[]> {
  const isThere = found?.addresses.some(each => prefixOf(each) === address) ?? false;
  if (found && isThere) {
    const commands = [
      `addr del ${address} dev ${device}`,
      // By default the kernel takes the others of the subnet with the first.
      ...found.addresses
        .filter(each => each.secondary && prefixOf(each) !== address)
        .map(each => restoreCommand(device, each)),
    ];
    const done = await runIp(['-force', '-batch', '-'], `${commands.join('\n')}\n`);
    if (done.kind === 'error') return [{ kind: 'stays', address, device, message: done.message }];
  }
  await records.forget(device, address);
  return isThere ? [{ kind: 'removed', address, device }] : [];
}

async function ensureVtep(
  vtep: VtepConfig,
  devices: ReadonlyMap<string, KernelDevice>,
  records: VtepRecords,
  runIp: RunIp,
): Promise<VtepState> {
  const { name, device } = vtep;
  const failed = (message: string): VtepState => ({ kind: 'failed', vtep: name, device, message });
  const found = devices.get(device);
  if (!found) return failed(`the device does not exist`);

  const address = formatPrefix(vtep.address);
  const missing: string[][] = [];
  if (!found.addresses.some(each => prefixOf(each) === address)) {
    // Written down before it is done: what is not written down is never taken away again.
    await records.add(device, address);
    // The address is there alone on its link: duplicate address detection would hold an IPv6 one back for a second.
    const noDad = vtep.address.ip.family === 6 ? ['nodad'] : [];
    missing.push(['addr', 'replace', address, 'dev', device, ...noDad]);
  }
  if (!found.flags.includes('UP')) missing.push(['link', 'set', 'dev', device, 'up']);
  for (const args of missing) {
    const done = await runIp(args);
    if (done.kind === 'error') return failed(done.message);
  }
  const silenced = await silenceArp(vtep.port, devices.get(vtep.port), runIp);
  if (silenced !== undefined) return failed(silenced);
  return { kind: missing.length > 0 ? 'added' : 'present', vtep: name, device };
}

/** Undefined when the kernel is silent on the port, or does not know it (a DPDK device); else why it is not. */
async function silenceArp(port: string, found: KernelDevice | undefined, runIp: RunIp): Promise<string | undefined> {
  if (!found || found.flags.includes('NOARP') || found.addresses.some(({ family }) => family === 'inet'))
    return undefined;
  const done = await runIp(['link', 'set', 'dev', port, 'arp', 'off']);
  return done.kind === 'error' ? done.message : undefined;
}
