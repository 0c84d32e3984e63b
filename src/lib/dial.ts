// Opens the socket of an endpoint.

import { connect as connectNet, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ActiveEndpoint } from './endpoint.ts';
import { secureContext, type TlsIdentity } from './tls.ts';

/** Certificates for a peer that we dial. Files are read for each new connection, so they may be replaced. */
export interface DialTls extends TlsIdentity {
  /** Name the peer's certificate must carry; the endpoint's host if left out. */
  readonly serverName?: string | undefined;
  /** Whether a peer without a trusted certificate is refused; default true. */
  readonly verifyPeer?: boolean | undefined;
  /**
   * Whether the name in the certificate must fit; default true. ovs-pki(8) writes certificates without host names,
   * and OVS itself checks only who signed them: false does the same.
   */
  readonly verifyName?: boolean | undefined;
}

export interface Dialled {
  readonly socket: Socket;
  /** The event that says the socket can be used. */
  readonly readyEvent: 'connect' | 'secureConnect';
}

/** @throws Error when a certificate cannot be read */
export type Dial = (endpoint: ActiveEndpoint, tls: DialTls | undefined) => Dialled;

export const dial: Dial = (endpoint, tls = {}) => {
  switch (endpoint.kind) {
    case 'unix':
      return { socket: connectNet({ path: endpoint.path }), readyEvent: 'connect' };
    case 'tcp':
      return { socket: connectNet({ host: endpoint.host, port: endpoint.port, noDelay: true }), readyEvent: 'connect' };
    case 'ssl': {
      const name = tls.serverName ?? endpoint.host;
      const socket = connectTls({
        ...secureContext(tls),
        host: endpoint.host,
        port: endpoint.port,
        rejectUnauthorized: tls.verifyPeer ?? true,
        // SNI carries names only (RFC 6066 section 3); an address is checked against the certificate all the same.
        ...(isIP(name) === 0 && { servername: name }),
        ...(tls.verifyName === false && { checkServerIdentity: () => undefined }),
      });
      return { socket: socket.setNoDelay(true), readyEvent: 'secureConnect' };
    }
  }
};
