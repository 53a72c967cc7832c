import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { SharedStage } from './forged-stage.ts';
import { hangUp, type Start, token } from './writer-alone.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

const execute = promisify(execFile);
const nobody = 65_534;

describe('a writer that is started otherwise ends at once', () => {
  const parameters: readonly (readonly [what: string, start: Partial<Start>])[] = [
    ['without a folder', { parameters: () => [] }],
    ['with two', { parameters: (folder) => [folder, folder] }],
    ['with an option', { parameters: (folder) => ['--force', folder] }],
    ['with an empty one', { parameters: () => [''] }],
    ['with a relative one', { parameters: (folder) => [basename(folder)], currentFolder: tmpdir() }],
    ['with the folder it is in', { parameters: () => ['.'] }],
    ['with one that is not there', { parameters: (folder) => [`${folder}-not`] }],
    ['with a way back in it', { parameters: (folder) => [`${folder}/../${basename(folder)}`] }],
    ['with a slash at its end', { parameters: (folder) => [`${folder}/`] }],
    ['with a file', { parameters: (folder) => [join(folder, 'token')] }],
    ['with the root', { parameters: () => ['/'] }],
    ['with a device', { parameters: () => ['/dev/null'] }],
  ];
  test.for(parameters)('%s', async ([, start], context) => {
    const stage = await shared.get(context);
    const end = await stage.runUntouched(stage.job(), start);
    expect(end).toMatchObject({ code: 2, messages: [] });
    expect(end.words).not.toContain('at ');
  });

  const folders: readonly (readonly [what: string, prepare: (folder: string) => Promise<unknown>])[] = [
    ['that its group may read', (folder) => chmod(folder, 0o750)],
    ['that everybody may look into', (folder) => chmod(folder, 0o711)],
    ['that everybody may write', (folder) => chmod(folder, 0o702)],
    [
      'that is a link',
      async (folder) => {
        await rename(folder, `${folder}-real`);
        await symlink(`${folder}-real`, folder);
      },
    ],
    ['without a token', (folder) => rm(join(folder, 'token'))],
    ['with a link as its token', (folder) => moved(folder, 'token', (from, to) => symlink(to, from))],
    ['with a folder as its token', (folder) => moved(folder, 'token', (from) => mkdir(from))],
    ['with a pipe as its token', (folder) => moved(folder, 'token', (from) => execute('mkfifo', [from]))],
    [
      'with a device as its token',
      (folder) => moved(folder, 'token', (from) => execute('mknod', [from, 'c', '1', '5'])),
    ],
    ['with a huge token', (folder) => truncate(join(folder, 'token'), 2 ** 40)],
    ['with a token that others may read', (folder) => chmod(join(folder, 'token'), 0o644)],
    ['with a token of somebody else', (folder) => chown(join(folder, 'token'), nobody, nobody)],
    ['without a socket', (folder) => rm(join(folder, 'socket'))],
    ['with a link as its socket', (folder) => moved(folder, 'socket', (from, to) => symlink(to, from))],
    ['with a file as its socket', (folder) => moved(folder, 'socket', (from) => writeFile(from, ''))],
    ['with a pipe as its socket', (folder) => moved(folder, 'socket', (from) => execute('mkfifo', [from]))],
    ['with a socket of somebody else', (folder) => chown(join(folder, 'socket'), nobody, nobody)],
  ];
  test.for(folders)('with a folder %s', async ([, prepare], context) => {
    const stage = await shared.get(context);
    let place = '';
    try {
      const end = await stage.runUntouched(stage.job(), {
        prepare: (folder) => {
          place = folder;
          return prepare(folder);
        },
      });
      expect(end).toMatchObject({ code: 2, messages: [] });
      expect(end.words).toBe('Sifaka does not wait for this writer any more. Nothing was written.\n');
    } finally {
      await rm(`${place}-real`, { recursive: true, force: true });
    }
  });

  test('with a folder where nobody listens any more', async (context) => {
    const stage = await shared.get(context);
    const end = await stage.runUntouched(stage.job(), {
      async prepare(folder) {
        const path = join(folder, 'socket');
        await rm(path);
        const once = createServer().listen(join(folder, 'gone'));
        await new Promise((resolve) => {
          once.once('listening', resolve);
        });
        await link(join(folder, 'gone'), path);
        await new Promise((resolve) => {
          once.close(resolve);
        });
      },
    });
    expect(end).toMatchObject({ code: 2, messages: [] });
  });
});

describe('the token', () => {
  test('is taken away, so that it works once', async (context) => {
    const stage = await shared.get(context);
    let names: readonly string[] = [];
    let place = '';
    const end = await stage.runUntouched(
      [
        async () => {
          names = await readdir(place);
        },
        hangUp,
      ],
      {
        async prepare(folder) {
          place = folder;
        },
      },
    );
    expect(names).toEqual(['socket']);
    expect(end.messages[0]).toEqual({ type: 'hello', protocol: 1, token });
  });

  test('of another folder, where a link leads, is not taken away', async (context) => {
    const stage = await shared.get(context);
    const other = join(stage.loops.folder, 'other');
    await mkdir(other, { mode: 0o700 });
    await writeFile(join(other, 'token'), 'precious', { mode: 0o600 });
    let place = '';
    const end = await stage.runUntouched([hangUp], {
      async prepare(folder) {
        place = folder;
        await rename(folder, `${folder}-real`);
        await symlink(other, folder);
      },
    });
    expect(end.code).toBe(2);
    expect(await readFile(join(other, 'token'), 'utf8')).toBe('precious');
    await rm(other, { recursive: true });
    await rm(`${place}-real`, { recursive: true });
  });
});

describe('the environment of who starts it', () => {
  test('chooses no program: what the writer runs is the system’s own', async (context) => {
    const stage = await shared.get(context);
    const folder = join(stage.loops.folder, 'bin');
    const trace = join(stage.loops.folder, 'trace');
    await mkdir(folder);
    const fake = `#!/bin/sh\necho "$0" >> '${trace}'\nexit 0\n`;
    for (const name of ['lsblk', 'wipefs', 'df', 'umount', 'blkdiscard', 'eject', 'sh', 'node']) {
      await writeFile(join(folder, name), fake, { mode: 0o755 });
    }
    const before = await stage.lookAt(stage.bystander.path);
    const end = await stage.run(stage.job(stage.plan({}, { freeSpace: 'discard' })), {
      environment: {
        PATH: `${folder}:/usr/bin`,
        HOME: folder,
        TMPDIR: folder,
        SHELL: join(folder, 'sh'),
        LC_ALL: 'xx_XX.no-such',
        LANG: '../../..',
        IFS: '/',
        ENV: join(folder, 'sh'),
        BLKID_CONF: join(folder, 'sh'),
        LIBMOUNT_FSTAB: join(folder, 'sh'),
        LIBMOUNT_MTAB: '/dev/null',
      },
    });
    expect(end).toMatchObject({ code: 0 });
    await expect(access(trace)).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).toSorted()).toHaveLength(8);
    expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
  });

  test('of only strange folders leaves it without nothing it needs', async (context) => {
    const stage = await shared.get(context);
    const end = await stage.run(stage.job(), { environment: {} });
    expect(end).toMatchObject({ code: 0 });
  });

  test('does not come through the helper that the package installs', async (context) => {
    const stage = await shared.get(context);
    const folder = join(stage.loops.folder, 'helper');
    await mkdir(folder);
    const helper = join(folder, 'sifaka-writer');
    await writeFile(
      helper,
      await readFile(new URL('../../../resources/polkit/sifaka-writer', import.meta.url)),
      { mode: 0o755 },
    );
    await writeFile(join(folder, 'node'), '#!/bin/sh\nenv\necho "$@"\n', { mode: 0o755 });
    const hostile = {
      NODE_OPTIONS: '--require /tmp/x',
      NODE_V8_COVERAGE: '/tmp',
      OPENSSL_CONF: '/tmp/x',
      SECRET: '1',
    };
    const { stdout } = await execute(helper, ['/private'], { env: { PATH: '/tmp:/usr/bin', ...hostile } });
    const lines = stdout.trim().split('\n');
    expect(lines.at(-1)).toBe(`${join(folder, 'writer.mjs')} /private`);
    const names = lines.slice(0, -1).map((line) => line.split('=', 1)[0]);
    expect(names.filter((name = '') => name in hostile)).toEqual([]);
    expect(stdout).toContain('PATH=/usr/sbin:/usr/bin:/sbin:/bin');
    await expect(execute(helper, [])).rejects.toMatchObject({ code: 2 });
    await expect(execute(helper, ['/private', 'more'])).rejects.toMatchObject({ code: 2 });
  });
});

/** Puts something else where one of the folder's things is, which is beside it then. */
async function moved(
  folder: string,
  name: string,
  replace: (from: string, to: string) => Promise<unknown>,
): Promise<void> {
  const from = join(folder, name);
  const to = join(dirname(from), `${name}-moved`);
  await rename(from, to);
  await replace(from, to);
}
