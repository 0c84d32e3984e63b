// What the switch holds, as its own tools print it.

import { chunkOf } from '../../test/scenarios/chunks.ts';
import type { World } from '../../test/scenarios/world.ts';

interface ObjectAnswer {
  readonly object?: { readonly kind: string; readonly name: string };
}

/** The flows whose cookies lead back to objects of a tenant, with packet counts. */
export async function flowsOf({ node, pointsman }: World, tenant: string): Promise<string> {
  const dump = await node.ofctl('dump-flows', 'br-int', '--names');
  const mine = new Map<string, Promise<boolean>>();
  const isMine = async (cookie: string) => {
    const { body } = await pointsman.api('GET', `/v1/flows/${cookie}`);
    const { object } = body as ObjectAnswer;
    if (!object) return false;
    if (object.kind === 'tenants') return object.name === tenant;
    const answer = await pointsman.api('GET', `/v1/${object.kind}/${object.name}`);
    return (answer.body as { tenant?: string }).tenant === tenant;
  };
  const lines: string[] = [];
  let table = '';
  for (const line of dump.split('\n')) {
    const [, cookie, name, packets, rest] =
      /cookie=(0x[0-9a-f]+), .*table=([^,]+), n_packets=(\d+), n_bytes=\d+, (.*)/.exec(line) ?? [];
    if (!cookie || !name || !rest) continue;
    const known = mine.get(cookie) ?? isMine(cookie);
    mine.set(cookie, known);
    if (!(await known) || packets === '0') continue;
    if (name !== table) lines.push(`  table ${name}`);
    table = name;
    lines.push(`  ${String(packets).padStart(7)}  ${rest.replace(/^(idle_age|hard_age)=\d+, /, '')}`);
  }
  return lines.join('\n');
}

/** A TCP connection of a tenant with its translation. */
export async function conntrackOf(world: World, tenant: string): Promise<string> {
  const { address, ports } = await chunkOf(world, `${tenant}-out`);
  const entries = (await world.node.appctl('dpctl/dump-conntrack')).split('\n').filter(entry => {
    const [, port] = new RegExp(`dst=${address},sport=\\d+,dport=(\\d+)`).exec(entry) ?? [];
    return entry.startsWith('tcp') && Number(port) >= ports.min && Number(port) <= ports.max;
  });
  return `  ${entries[0] ?? 'none'}\n  (${entries.length} of ${tenant}, all in ${address}:${ports.min}-${ports.max})`;
}
