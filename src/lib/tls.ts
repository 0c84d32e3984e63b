// Who we are and whom we trust, for both ends of a TLS connection.

import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';

/** `ca`, `cert` and `key` are PEM text, or the path of a PEM file, which is read for each new connection or listener. */
export interface TlsIdentity {
  /** Certificates of the authorities that may sign the peer's (--ca-cert); the system's if left out. */
  readonly ca?: string | Buffer | undefined;
  /** Our certificate (--certificate). */
  readonly cert?: string | Buffer | undefined;
  /** Private key of `cert` (--private-key). */
  readonly key?: string | Buffer | undefined;
}

/** @throws Error when a file cannot be read */
export function secureContext({ ca, cert, key }: TlsIdentity): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca: pem(ca) }),
    ...(cert !== undefined && { cert: pem(cert) }),
    ...(key !== undefined && { key: pem(key) }),
  };
}

function pem(value: string | Buffer): string | Buffer {
  return value.includes('-----BEGIN ') ? value : readFileSync(value);
}
