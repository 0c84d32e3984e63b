// The NAT chunk of a tenant, as REST tells it.

import type { World } from './world.ts';

export interface ChunkStatus {
  readonly address: string;
  readonly ports: { readonly min: number; readonly max: number };
}

export interface RuleStatus {
  readonly chunk: ChunkStatus;
  readonly icmp: boolean;
}

export async function ruleStatus({ pointsman }: World, rule: string): Promise<RuleStatus> {
  const { body } = await pointsman.api('GET', `/v1/nat-rules/${rule}`);
  return (body as { status: RuleStatus }).status;
}

/** Whether `ADDRESS:PORT` lies in a chunk. */
export function inside({ address, ports }: ChunkStatus): (peer: string) => boolean {
  return peer => {
    const [ip, port] = peer.split(':');
    return ip === address && Number(port) >= ports.min && Number(port) <= ports.max;
  };
}
