// Makes a switch forget single connections: by the original tuple of each (NXT_CT_FLUSH, OVS 3.1).

import type { MessageBody, SwitchConnection } from '../../openflow/index.ts';
import { protocols } from '../../policy/constants.ts';
import type { Connection } from '../../policy/nat/stands.ts';

/** So many flushes are on their way at once. */
const batch = 1_000;

/** Whether it can be told from all others: one of a protocol without ports or identifier cannot. */
export function isSingle(connection: Connection): boolean {
  return flushOf(connection) !== undefined;
}

/**
 * Resolves when they are forgotten. Those that are not single are passed over.
 * @throws SwitchError when the switch does not know the message, ConnectionError
 */
export async function flushConnections(connections: readonly Connection[], to: SwitchConnection): Promise<void> {
  const messages = connections.map(flushOf).filter(message => message !== undefined);
  for (let start = 0; start < messages.length; start += batch) {
    const [first, ...rest] = messages.slice(start, start + batch);
    if (first) await to.request(first);
    for (const message of rest) to.send(message);
    await to.barrier();
  }
}

/**
 * By the whole original tuple and nothing else: then OVS looks it up, in place of searching all connections (lib/ct-dpif.c).
 * Undefined: of a protocol whose connections have no such tuple.
 */
function flushOf({ zone, protocol, original }: Connection): MessageBody | undefined {
  const { source, destination, ...ends } = original;
  const isWhole = protocol === protocols.icmp ? ends.icmpId !== undefined : ends.sourcePort !== undefined;
  if (!isWhole || source.family !== 4 || destination.family !== 4) return undefined;
  const mapped = (value: number) => (0xffffn << 32n) | BigInt(value);
  const tuple = { source: mapped(source.value), destination: mapped(destination.value), ...ends };
  return { kind: 'ct_flush', protocol, zone, original: tuple };
}
