// The NAT chunk of a tenant, as REST tells it.

import type { World } from './world.ts';

export interface Chunk {
  readonly address: string;
  readonly ports: { readonly min: number; readonly max: number };
  /** Whether the tenant's ICMP is translated to the address too. */
  readonly icmp: boolean;
}

export async function chunkOf({ pointsman }: World, rule: string): Promise<Chunk> {
  const { body } = await pointsman.api('GET', `/v1/nat-rules/${rule}`);
  const [chunk] = (body as { status: { chunks: Chunk[] } }).status.chunks;
  if (!chunk) throw new Error(`rule ${rule} has no chunk`);
  return chunk;
}

/** Whether `ADDRESS:PORT` lies in a chunk. */
export function inside({ address, ports }: Chunk): (peer: string) => boolean {
  return peer => {
    const [ip, port] = peer.split(':');
    return ip === address && Number(port) >= ports.min && Number(port) <= ports.max;
  };
}
