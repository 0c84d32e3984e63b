// The connection methods of ovsdb(7) and ovs-ofctl(8) as data: `unix:PATH`, `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]`
// and their passive twins `punix:`, `ptcp:`, `pssl:`.

import { PointsmanError } from './errors.ts';

/** Where to connect to: a socket file, or a host and port (1 to 65535). */
export type ActiveEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** Where to listen: a socket file, or a port (0: any that is free) on one address or, without `host`, on all. */
export type PassiveEndpoint =
  | { readonly kind: 'punix'; readonly path: string }
  | { readonly kind: 'ptcp' | 'pssl'; readonly host: string | undefined; readonly port: number };

/** Thrown when an endpoint text is not one of the connection methods. */
export class EndpointError extends PointsmanError<'BAD_ENDPOINT'> {
  constructor(text: string, why: string) {
    super('BAD_ENDPOINT', `bad endpoint "${text}": ${why}`);
  }
}

/** unix(7): sun_path holds 108 bytes, the last of them NUL. */
const maxSocketPath = 107;

/** A peer that is dialled, or one that dials. */
export type Endpoint = ActiveEndpoint | PassiveEndpoint;

/** Whether the peer dials. */
export function isPassive(endpoint: Endpoint): endpoint is PassiveEndpoint {
  return endpoint.kind === 'punix' || endpoint.kind === 'ptcp' || endpoint.kind === 'pssl';
}

/** Why there can be no socket of this path; undefined when there can. */
export function whyNoSocketPath(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  return bytes <= maxSocketPath
    ? undefined
    : `the socket path ${path} has ${bytes} bytes, and ${maxSocketPath} is the most`;
}

/** @throws EndpointError */
function checkSocketPath(path: string, whole: string): string {
  const why = whyNoSocketPath(path);
  if (why !== undefined) throw new EndpointError(whole, why);
  return path;
}

function parsePort(text: string, whole: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new EndpointError(whole, `"${text}" is not a port (0 to 65535)`);
  return port;
}

/**
 * Parses `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`; IPv6 hosts stand in brackets.
 * @param defaultPort the port when the text names none (6640 for OVSDB, 6653 for OpenFlow)
 * @throws EndpointError
 */
export function parseActiveEndpoint(text: string, defaultPort: number): ActiveEndpoint {
  const unix = /^unix:(.+)$/.exec(text);
  if (unix?.[1]) return { kind: 'unix', path: checkSocketPath(unix[1], text) };
  const net = /^(tcp|ssl):(?:\[([^\]]+)\]|([^:[\]]+))(?::(.*))?$/.exec(text);
  const host = net?.[2] ?? net?.[3];
  if (!net || !host) throw new EndpointError(text, 'expected unix:PATH, tcp:HOST[:PORT] or ssl:HOST[:PORT]');
  return {
    kind: net[1] === 'ssl' ? 'ssl' : 'tcp',
    host,
    port: net[4] === undefined ? defaultPort : parsePort(net[4], text),
  };
}

/**
 * Parses the members of a cluster: `parseActiveEndpoint` texts with commas between them, as `ovs-vsctl --db` takes them.
 * @throws EndpointError
 */
export function parseActiveEndpoints(text: string, defaultPort: number): readonly ActiveEndpoint[] {
  return text.split(',').map(one => parseActiveEndpoint(one.trim(), defaultPort));
}

/**
 * Parses `punix:PATH`, `ptcp:[PORT][:HOST]` or `pssl:[PORT][:HOST]`; IPv6 hosts stand in brackets.
 * @throws EndpointError
 */
export function parsePassiveEndpoint(text: string, defaultPort: number): PassiveEndpoint {
  const unix = /^punix:(.+)$/.exec(text);
  if (unix?.[1]) return { kind: 'punix', path: checkSocketPath(unix[1], text) };
  const net = /^(ptcp|pssl):(\d*)(?::(?:\[([^\]]+)\]|([^:[\]]+)))?$/.exec(text);
  if (!net) throw new EndpointError(text, 'expected punix:PATH, ptcp:[PORT][:HOST] or pssl:[PORT][:HOST]');
  return {
    kind: net[1] === 'pssl' ? 'pssl' : 'ptcp',
    host: net[3] ?? net[4],
    port: net[2] ? parsePort(net[2], text) : defaultPort,
  };
}

/** The text that `parseActiveEndpoint` reads back. */
export function formatActiveEndpoint(endpoint: ActiveEndpoint): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${endpoint.kind}:${host}:${endpoint.port}`;
}

/** The text that `parsePassiveEndpoint` reads back. */
export function formatPassiveEndpoint(endpoint: PassiveEndpoint): string {
  if (endpoint.kind === 'punix') return `punix:${endpoint.path}`;
  const { kind, port, host } = endpoint;
  if (host === undefined) return `${kind}:${port}`;
  return `${kind}:${port}:${host.includes(':') ? `[${host}]` : host}`;
}

/** The text that the parser of its kind reads back. */
export function formatEndpoint(endpoint: Endpoint): string {
  return isPassive(endpoint) ? formatPassiveEndpoint(endpoint) : formatActiveEndpoint(endpoint);
}
