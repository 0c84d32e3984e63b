// The PEM files of the REST server: read at the start, and whenever the configuration is.

import { readFile } from 'node:fs/promises';
import type { TlsOptions } from '../rest/listener.ts';
import type { RestConfig } from './config.ts';

export async function readTls(tls: RestConfig['tls']): Promise<TlsOptions | undefined> {
  if (tls === undefined) return undefined;
  return {
    key: await readFile(tls.key),
    cert: await readFile(tls.cert),
    clientCa: tls.clientCa === undefined ? undefined : await readFile(tls.clientCa),
  };
}
