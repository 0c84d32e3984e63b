// Opens the byte stream to an OVSDB server: unix, TCP or TLS.

import { connect as connectNet, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ActiveEndpoint } from '../lib/endpoint.ts';

export interface TlsOptions {
  /** Certificates (PEM) of the authorities that may sign the server's; the system's if left out. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Certificate (PEM) that this client shows. */
  readonly cert?: string | Buffer;
  /** Private key (PEM) of `cert`. */
  readonly key?: string | Buffer;
  /** Name the server's certificate must carry; the endpoint's host if left out. */
  readonly serverName?: string;
  /** Whether a server without a trusted certificate is refused; default true. */
  readonly verifyPeer?: boolean;
  /**
   * Whether the name in the certificate must fit; default true. ovs-pki(8) writes certificates without host names,
   * and OVS itself checks only who signed them: false does the same.
   */
  readonly verifyName?: boolean;
}

/** Opens a stream; `onOpen` is called once it is ready for data. Errors come as the socket's events. */
export type Dial = (endpoint: ActiveEndpoint, tls: TlsOptions, onOpen: () => void) => Socket;

export const dial: Dial = (endpoint, tls, onOpen) => {
  switch (endpoint.kind) {
    case 'unix':
      return connectNet({ path: endpoint.path }, onOpen);
    case 'tcp':
      return connectNet({ host: endpoint.host, port: endpoint.port, noDelay: true }, onOpen);
    case 'ssl':
      return connectTls(
        {
          host: endpoint.host,
          port: endpoint.port,
          rejectUnauthorized: tls.verifyPeer ?? true,
          ...(tls.ca === undefined ? {} : { ca: Array.isArray(tls.ca) ? [...tls.ca] : (tls.ca as string | Buffer) }),
          ...(tls.cert === undefined ? {} : { cert: tls.cert }),
          ...(tls.key === undefined ? {} : { key: tls.key }),
          ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          ...(tls.verifyName === false ? { checkServerIdentity: () => undefined } : {}),
        },
        onOpen,
      ).setNoDelay(true);
  }
};
