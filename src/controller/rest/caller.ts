// What a request over TCP says of where it comes from: the name it was sent to, and the web page that sent it. A page
// anywhere can make a browser on this machine send requests here (also by pointing its own name at us: DNS rebinding).

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from './listener.ts';
import { RequestRefused } from './problem.ts';
import { splitTarget } from './request-url.ts';

export interface CallerOptions {
  /** Names of this server beside its addresses; lower case. */
  readonly hostNames: readonly string[];
  readonly scheme: 'http' | 'https';
}

/** @returns a check that throws RequestRefused when a browser may have been led here */
export function callerCheck({ hostNames, scheme }: CallerOptions): (request: IncomingMessage, target: string) => void {
  return (request, target) => {
    const host = hostOf(request, target);
    const { name } = splitHost(host);
    if (!hostNames.includes(name) && !isAddressOf(name, request.socket.localAddress))
      throw new RequestRefused(
        'misdirected',
        `"${host}" is no name of this server: reach it by its address, or add the name to rest.hostNames`,
      );
    const { origin } = request.headers;
    if (origin !== undefined && !sameOrigin(origin, scheme, host))
      throw new RequestRefused(
        'foreign-origin',
        `a page of ${origin} sent this request; this server is ${scheme}://${host}`,
      );
  };
}

/** RFC 9112 section 3.2: one Host, and the authority of an absolute target before it. */
function hostOf(request: IncomingMessage, target: string): string {
  const hosts = request.headersDistinct.host ?? [];
  if (hosts.length !== 1) throw new RequestRefused('bad-request', `expected one Host header, found ${hosts.length}`);
  return (splitTarget(target).authority ?? hosts[0] ?? '').toLowerCase();
}

interface Host {
  readonly name: string;
  readonly port: string | undefined;
}

function splitHost(host: string): Host {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host) ?? [];
  return { name, port: port || undefined };
}

/** A literal cannot be pointed elsewhere, so the loopback's are as good as the one that the connection came to. */
function isAddressOf(name: string, localAddress: string | undefined): boolean {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (isLoopback(address)) return true;
  return isIP(address) !== 0 && address === localAddress?.replace(/^::ffff:(?=[\d.]+$)/, '');
}

const defaultPorts = { http: '80', https: '443' } as const;

function sameOrigin(origin: string, scheme: 'http' | 'https', host: string): boolean {
  const [, itsScheme, itsHost = ''] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  if (itsScheme !== scheme) return false;
  const ours = splitHost(host);
  const its = splitHost(itsHost);
  return its.name === ours.name && (its.port ?? defaultPorts[scheme]) === (ours.port ?? defaultPorts[scheme]);
}
