// Where the REST API listens.

import { isIP } from 'node:net';
import { EndpointError, whyNoSocketPath } from '../../lib/endpoint.ts';

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const expected = 'expected unix:/PATH, ADDRESS:PORT or [IPv6]:PORT';

/** Parses `unix:/PATH`, `127.0.0.1:8080` or `[::1]:8080`; port 0 lets the system choose. @throws EndpointError */
export function parseListen(text: string): ListenAddress {
  const unix = /^unix:(\/.+)$/.exec(text);
  if (unix?.[1]) {
    const why = whyNoSocketPath(unix[1]);
    if (why !== undefined) throw new EndpointError(text, why);
    return { kind: 'unix', path: unix[1] };
  }
  const net = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = net?.[1] ?? net?.[2];
  const port = Number(net?.[3]);
  if (!host || port > 65535) throw new EndpointError(text, expected);
  if (isIP(host) !== (net?.[1] ? 6 : 4)) throw new EndpointError(text, `${expected}; "${host}" is no address`);
  return { kind: 'tcp', host, port };
}

/** Whether only programs on this machine reach it. */
export function isLocal(listen: ListenAddress): boolean {
  return listen.kind === 'unix' || listen.host === '::1' || /^127\./.test(listen.host);
}
