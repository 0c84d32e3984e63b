// Which connections somebody asks for, and what caused one: by the tenants' zones, rules and chunks as they are now.

import { type Ip, prefixContains, sameIp } from '../../lib/address.ts';
import { PointsmanError } from '../../lib/errors.ts';
import { protocols } from '../../policy/constants.ts';
import type { Program } from '../../policy/engine/program.ts';
import { useKey } from '../../policy/facts/base.ts';
import {
  legs,
  type NatRule,
  natChunks,
  natPools,
  natRules,
  type PortForward,
  portForwards,
  type Subnet,
  subnets,
  tenants,
} from '../../policy/facts/objects.ts';
import { covers, everyNatProtocol, type NatProtocol, rankOf } from '../../policy/nat/selection.ts';
import type { Connection, Tuple } from '../../policy/nat/stands.ts';

/** One end of a connection; without a port, or an ICMP identifier in its place, any. */
export interface End {
  readonly ip: Ip;
  readonly port: number | undefined;
}

/** What all of it holds for; undefined: whatever it is. */
export interface ConnectionQuery {
  readonly tenant?: string | undefined;
  /** A NAT rule. */
  readonly rule?: string | undefined;
  /** An inner interface, behind which its source is, or an outer one, by which it leaves. */
  readonly interface?: string | undefined;
  readonly protocol?: NatProtocol | undefined;
  /** Its end inside: who began it, or to whom a port is forwarded. */
  readonly inside?: End | undefined;
  /** The same end, as it is outside. */
  readonly outside?: End | undefined;
  /** The far end. */
  readonly remote?: End | undefined;
}

/** What caused a connection, by name. */
export interface Cause {
  readonly tenant: string;
  /** The inner interface whose subnet its end inside is in; undefined: it is behind a router. */
  readonly interface: string | undefined;
  /** A NAT rule; undefined: none that is there. */
  readonly rule: string | undefined;
  /** A port forward. */
  readonly forward: string | undefined;
}

/** A query names what there is not. */
export class UnknownNameError extends PointsmanError<'CONNTRACK_UNKNOWN_NAME'> {
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super('CONNTRACK_UNKNOWN_NAME', message);
    this.parameter = parameter;
  }
}

export interface Search {
  /** Of connection tracking: nothing that is asked for is in another. */
  readonly zones: ReadonlySet<number>;
  /** What caused it, where it is asked for. */
  causeOf(connection: Connection): Cause | undefined;
}

/** Of one tenant. */
interface Territory {
  readonly tenant: string;
  /** The one that counts first before the others. */
  readonly rules: readonly NatRule[];
  readonly forwards: readonly PortForward[];
  readonly subnets: readonly Subnet[];
}

/** @throws UnknownNameError */
export function searchFor(program: Program, query: ConnectionQuery): Search {
  const wanted = tenantsOf(program, query);
  const territories = new Map<number, Territory>();
  for (const { name, zone } of program.rows(tenants))
    if (zone !== undefined && (wanted === undefined || wanted === name))
      territories.set(zone, territoryOf(program, name));
  return {
    zones: new Set(territories.keys()),
    causeOf: connection => {
      const territory = territories.get(connection.zone);
      if (!territory || !fits(query, connection)) return undefined;
      const cause = causeIn(program, territory, connection);
      if (query.rule !== undefined && query.rule !== cause.rule) return undefined;
      return query.interface === undefined || isBy(program, query.interface, cause) ? cause : undefined;
    },
  };
}

/** The one tenant whose connections are asked for; undefined: they may be of any. */
function tenantsOf(program: Program, { tenant, rule, interface: by }: ConnectionQuery): string | undefined {
  if (tenant !== undefined && !program.get(tenants, tenant))
    throw new UnknownNameError('tenant', `there is no tenant "${tenant}"`);
  const ofRule = rule === undefined ? undefined : program.get(natRules, rule);
  if (rule !== undefined && !ofRule) throw new UnknownNameError('rule', `there is no NAT rule "${rule}" at work`);
  const leg = by === undefined ? undefined : program.get(legs, by);
  if (by !== undefined && !leg) throw new UnknownNameError('interface', `there is no interface "${by}" at work`);
  return tenant ?? ofRule?.tenant ?? leg?.tenant;
}

function territoryOf(program: Program, tenant: string): Territory {
  const inner = program.by(legs, 'tenant', tenant).filter(({ role }) => role === 'inner');
  const rank = ({ selections }: NatRule) => Math.max(...selections.map(rankOf));
  return {
    tenant,
    forwards: [...program.rows(portForwards)].filter(forward => forward.tenant === tenant),
    rules: [...program.by(natRules, 'tenant', tenant)].sort(
      (a, b) => b.source.length - a.source.length || rank(b) - rank(a),
    ),
    subnets: inner.flatMap(({ name }) => program.by(subnets, 'interface', name)),
  };
}

function fits({ protocol, inside, outside, remote }: ConnectionQuery, connection: Connection): boolean {
  if (protocol !== undefined && protocols[protocol] !== connection.protocol) return false;
  const ends = endsOf(connection);
  return isAt(inside, ends.inside) && isAt(outside, ends.outside) && isAt(remote, ends.remote);
}

function isAt(wanted: End | undefined, { ip, port }: End): boolean {
  return wanted === undefined || (sameIp(wanted.ip, ip) && (wanted.port === undefined || wanted.port === port));
}

/** Of what was begun from outside, to a port that is forwarded, the destination is translated; of all else the source. */
export function endsOf({ original, reply }: Connection): Readonly<Record<'inside' | 'outside' | 'remote', End>> {
  const from = ({ source: ip, sourcePort, icmpId }: Tuple): End => ({ ip, port: sourcePort ?? icmpId });
  const to = ({ destination: ip, destinationPort, icmpId }: Tuple): End => ({ ip, port: destinationPort ?? icmpId });
  const isForwarded = !sameIp(original.destination, reply.source) || original.destinationPort !== reply.sourcePort;
  return isForwarded
    ? { inside: from(reply), outside: to(original), remote: from(original) }
    : { inside: from(original), outside: to(reply), remote: to(original) };
}

function causeIn(program: Program, { tenant, rules, forwards, subnets }: Territory, connection: Connection): Cause {
  const { inside, outside } = endsOf(connection);
  const forward = forwards.find(
    ({ outside: ip, protocol, ports, inside: to }) =>
      protocols[protocol] === connection.protocol &&
      sameIp(ip, outside.ip) &&
      sameIp(to, inside.ip) &&
      outside.port !== undefined &&
      outside.port >= ports.min &&
      outside.port <= ports.max,
  );
  return {
    tenant,
    interface: subnets.find(({ prefix }) => prefixContains(prefix, inside.ip))?.interface,
    rule: forward ? undefined : rules.find(rule => isOf(program, rule, connection))?.name,
    forward: forward?.name,
  };
}

function isOf(program: Program, rule: NatRule, { protocol, original, reply }: Connection): boolean {
  const to = {
    ip: original.destination,
    protocol: everyNatProtocol.find(name => protocols[name] === protocol),
    port: original.destinationPort,
  };
  return (
    prefixContains(rule.source, original.source) &&
    rule.selections.some(selection => covers(selection, to)) &&
    program.by(natChunks, 'here', useKey(rule)).some(chunk => holds(chunk, reply))
  );
}

function holds(
  { address, port, size }: { readonly address: number; readonly port: number; readonly size: number },
  { destination, destinationPort }: Tuple,
): boolean {
  if (destination.value !== address) return false;
  // Of ICMP there is an address alone.
  return destinationPort === undefined || (destinationPort >= port && destinationPort < port + size);
}

function isBy(program: Program, name: string, { interface: inner, rule, forward }: Cause): boolean {
  if (name === inner) return true;
  const pool = rule === undefined ? undefined : program.get(natRules, rule)?.pool;
  if (pool !== undefined) return program.get(natPools, pool)?.interface === name;
  return forward !== undefined && program.get(portForwards, forward)?.interface === name;
}
