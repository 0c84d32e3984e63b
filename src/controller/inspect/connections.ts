// Connections as REST shows them, and what stands against looking at them as it refuses.

import { formatIp } from '../../lib/address.ts';
import { ConnectionError, SwitchError } from '../../openflow/index.ts';
import { OvsdbError } from '../../ovsdb/index.ts';
import { protocols } from '../../policy/constants.ts';
import { everyNatProtocol } from '../../policy/nat/selection.ts';
import type { Tuple } from '../../policy/nat/stands.ts';
import { ControlSocketError } from '../conntrack/control-socket.ts';
import { type FoundConnection, LookupBusyError } from '../conntrack/look-up.ts';
import { type End, endsOf, UnknownNameError } from '../conntrack/query.ts';
import { RequestRefused } from '../rest/problem.ts';
import type { ConnectionReport } from '../rest/runtime.ts';

export function connectionReport(found: FoundConnection): ConnectionReport {
  const {
    tenant,
    rule,
    forward,
    interface: inner,
    protocol,
    original,
    reply,
    zone,
    state,
    timeout,
    packets,
    bytes,
  } = found;
  const { inside, outside, remote } = endsOf(found);
  const name = everyNatProtocol.find(each => protocols[each] === protocol);
  return {
    ...{ tenant, rule, forward, interface: inner, protocol: name ?? String(protocol) },
    ...{ inside: endReport(inside), outside: endReport(outside), remote: endReport(remote) },
    ...{ original: tupleReport(original), reply: tupleReport(reply) },
    ...{ zone, state, timeout, packets, bytes },
  };
}

function endReport({ ip, port }: End): ConnectionReport['inside'] {
  return { address: formatIp(ip), port };
}

function tupleReport({ source, destination, ...ends }: Tuple): ConnectionReport['original'] {
  return { source: formatIp(source), destination: formatIp(destination), ...ends };
}

/** @throws RequestRefused */
export async function lookedUp<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (cause) {
    if (cause instanceof UnknownNameError)
      throw new RequestRefused('bad-parameter', `querystring: /${cause.parameter}: ${cause.message}`, { cause });
    if (cause instanceof LookupBusyError) throw new RequestRefused('lookups-busy', cause.message, { cause });
    if (cause instanceof SwitchError)
      throw new RequestRefused('switch-unavailable', `the switch does not forget connections: ${cause.message}`, {
        cause,
      });
    if (cause instanceof ControlSocketError || cause instanceof OvsdbError || cause instanceof ConnectionError)
      throw new RequestRefused('switch-unavailable', `ovs-vswitchd cannot be asked: ${cause.message}`, { cause });
    throw cause;
  }
}
