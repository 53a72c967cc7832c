import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { ownMounts } from '../../rig/own-mounts.ts';
import { requireNamespaces } from '../../rig/polkit.ts';
import { requireTools } from '../../rig/required-tools.ts';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('launch-helper-process.ts', import.meta.url));

/** Below /opt, since everybody may write to the folder for temporary files; on a file system that goes with the process. */
const install = `
  mount -t tmpfs -o mode=755 sifaka-helper /opt
  umask 022
  mkdir -p /opt/Sifaka/resources/writer
  cd /opt/Sifaka/resources/writer
  touch sifaka-writer node writer.mjs
  chmod 755 sifaka-writer node
`;

async function look(
  context: TestContext,
  change: string,
  helper = '/opt/Sifaka/resources/writer/sifaka-writer',
) {
  await requireNamespaces(context);
  const script = `set -e\n${install}\n${change}\nexec "$@"`;
  const { stdout } = await execute('unshare', [
    ...ownMounts,
    'sh',
    '-c',
    script,
    'sh',
    process.execPath,
    program,
    helper,
  ]);
  const answer: { trusted: boolean; pkexec: string | null } = JSON.parse(stdout);
  return answer;
}

describe('an administrator is only asked to run what nobody else can change', () => {
  it('as the package installs it', async (context) => {
    expect((await look(context, 'true')).trusted).toBe(true);
  });

  it.for([
    'chmod g+w sifaka-writer',
    'chmod o+w node',
    'chmod o+w writer.mjs',
    'chown 65534 sifaka-writer',
    'chown 65534 node',
    'rm writer.mjs',
    'mv node real-node; ln -s real-node node',
    'rm sifaka-writer; mkdir sifaka-writer',
    'chmod 775 /opt/Sifaka/resources/writer',
    'chmod 1777 /opt/Sifaka',
    'chown 65534 /opt/Sifaka/resources',
    'mv /opt/Sifaka /opt/real; ln -s real /opt/Sifaka',
  ])('not after %s', async (change, context) => {
    expect((await look(context, change)).trusted).toBe(false);
  });

  it('not below the folder for everybody’s temporary files', async (context) => {
    const change = 'mkdir -m 1777 /opt/tmp; cp -rp /opt/Sifaka /opt/tmp/';
    const helper = '/opt/tmp/Sifaka/resources/writer/sifaka-writer';
    expect((await look(context, change, helper)).trusted).toBe(false);
  });

  it('and by a pkexec that can become root', async (context) => {
    requireTools(context, 'pkexec');
    const other = 'cp /usr/bin/pkexec /opt/pkexec; mount --bind /opt/pkexec /usr/bin/pkexec';
    expect((await look(context, 'true')).pkexec).toBe('/usr/bin/pkexec');
    expect((await look(context, `${other}; chmod 755 /opt/pkexec`)).pkexec).toBeUndefined();
    expect(
      (await look(context, `${other}; chown 65534 /opt/pkexec; chmod 4755 /opt/pkexec`)).pkexec,
    ).toBeUndefined();
  });
});
