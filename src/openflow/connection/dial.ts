// Opens the socket of an endpoint.

import { connect as connectNet } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ActiveEndpoint } from '../../lib/endpoint.ts';

export interface Dialled {
  readonly socket: Duplex;
  /** The event that says the socket can be used. */
  readonly readyEvent: 'connect' | 'secureConnect';
}

export type Dial = (endpoint: ActiveEndpoint, tls: ConnectionOptions | undefined) => Dialled;

export const dial: Dial = (endpoint, tls) => {
  switch (endpoint.kind) {
    case 'unix':
      return { socket: connectNet({ path: endpoint.path }), readyEvent: 'connect' };
    case 'tcp':
      return { socket: connectNet({ host: endpoint.host, port: endpoint.port, noDelay: true }), readyEvent: 'connect' };
    case 'ssl':
      return {
        socket: connectTls({ ...tls, host: endpoint.host, port: endpoint.port }),
        readyEvent: 'secureConnect',
      };
  }
};
