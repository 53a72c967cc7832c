import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PrivateCa {
  /** PEM of the CA. */
  readonly ca: string;
  readonly key: string;
  /** For 127.0.0.1 and localhost, signed by the CA. */
  readonly cert: string;
}

/** A CA that nobody knows, and a server's certificate of it. `folder` is there, and keeps the files. */
export function makePrivateCa(folder: string): PrivateCa {
  const file = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Lab CA');
  openssl('req', ...key, '-keyout', file('s3.key'), '-out', file('s3.csr'), '-subj', '/CN=s3.lab');
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const by = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  openssl('x509', '-req', '-in', file('s3.csr'), ...by, '-out', file('s3.pem'), '-extfile', file('names'));
  const read = (name: string) => readFileSync(file(name), 'utf8');
  return { ca: read('ca.pem'), key: read('s3.key'), cert: read('s3.pem') };
}

function openssl(...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}
