// Certificates as ovs-pki(8) makes them, in a directory of the test's own: two authorities, and what the first signed.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  /** Paths of PEM files. */
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** Path of the authority that signed both sides. */
  readonly ca: string;
  /** One that signed neither. */
  readonly otherCa: string;
  readonly switch: Certificate;
  /** Good for the name `localhost` and the address 127.0.0.1. */
  readonly controller: Certificate;
  /** Signed by the other authority. */
  readonly stranger: Certificate;
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const path = (name: string) => join(directory, name);
  const pair = (name: string) => ({ key: path(`${name}.key`), cert: path(`${name}.pem`) });
  const create = async (name: string, signer: string | undefined): Promise<Certificate> => {
    const { key, cert } = pair(name);
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
      ...(signer === undefined
        ? ['-addext', 'basicConstraints=critical,CA:TRUE']
        : [
            ...['-addext', 'basicConstraints=critical,CA:FALSE'],
            ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
            ...['-CA', pair(signer).cert, '-CAkey', pair(signer).key],
          ]),
    ]);
    return { key, cert };
  };
  const { cert: ca } = await create('ca', undefined);
  const { cert: otherCa } = await create('other-ca', undefined);
  return {
    ca,
    otherCa,
    switch: await create('switch', 'ca'),
    controller: await create('controller', 'ca'),
    stranger: await create('stranger', 'other-ca'),
  };
}
