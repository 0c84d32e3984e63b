// Certificates for a test, by openssl: a certificate authority, and what it signed.

import { execFileSync } from 'node:child_process';

function openssl(directory: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: directory, stdio: 'ignore', timeout: 30_000 });
}

/** `ca.crt`, and of each name `NAME.crt` and `NAME.key`, without host names, as ovs-pki(8) makes them. */
export function createCertificates(directory: string, names: readonly string[] = ['server', 'client']): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(directory, 'req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test CA');
  for (const name of names) {
    openssl(directory, 'req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name} id`);
    openssl(
      directory,
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', '1'],
      ...['-out', `${name}.crt`],
    );
  }
}
