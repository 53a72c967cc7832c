import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MariaDb, startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import { makePrivateCa } from '../../rig/s3/private-ca.ts';

const tools = ['mariadbd', 'mariadb-install-db', 'setpriv', 'openssl'];

describe('a database with TLS and a certificate of an authority of its own', () => {
  let server: MariaDb | undefined;
  let folder = '';
  beforeAll(async () => {
    if (!tools.every(isOnPath)) return;
    folder = mkdtempSync(join(tmpdir(), 'sifaka-tls-'));
    server = await startMariaDb({ tls: makePrivateCa(folder) });
  });
  afterAll(async () => {
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach((context) => requireTools(context, ...tools));

  function ask(host: string, parameters: string, trusts = false): string {
    const { user, password, port } = server ?? { user: '', password: '', port: 0 };
    const said = execFileSync(process.execPath, [join(import.meta.dirname, 'store-tls-process.ts')], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        DSN: `${user}:${password}@tcp(${host}:${port})/general_db${parameters}`,
        ...(trusts ? { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } : {}),
      },
    });
    expect(said).not.toContain(password);
    return said;
  }

  it('is verified where that is asked for, and the authority is trusted', () => {
    expect(ask('localhost', '?tls=true', true)).toBe('rows 0');
  });

  it('is refused where the authority is not trusted, or the name is another one', () => {
    expect(ask('localhost', '?tls=true')).toMatch(/its certificate is not to be trusted/);
    // An old way to write the address of this machine: to the certificate it is a name, and another one.
    expect(ask('127.1', '?tls=true', true)).toMatch(/its certificate is not to be trusted/);
  });

  it('is used unverified where that is asked for, and asked of who may not come without', () => {
    expect(ask('127.0.0.1', '?tls=skip-verify')).toBe('rows 0');
    expect(ask('127.0.0.1', '?tls=preferred')).toBe('rows 0');
    expect(ask('127.0.0.1', '')).toMatch(/does not know this user with this password/);
  });
});
