import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extractFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageFile from '../../../package.json' with { type: 'json' };
import { findUpdateChannel } from '../../../electron/hosts/update-channel.ts';
import { ownMounts } from '../../rig/own-mounts.ts';
import { requireNamespaces } from '../../rig/polkit.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { root } from './packed-tree.ts';

const execute = promisify(execFile);
const homepage = 'https://sifaka.example/';
const updates = 'https://updates.example/sifaka/';

let folder: string;
let output: string;

/** electron-builder's own deb and rpm targets, up to the program that puts the files into one. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-linux-packages-'));
  output = join(folder, 'packages');
  const how = [
    '--offline',
    '--target',
    'linux-x64',
    '--format',
    'deb',
    '--format',
    'rpm',
    '--output',
    output,
  ];
  await execute(process.execPath, [join(root, 'scripts/package.mjs'), ...how], {
    cwd: root,
    env: {
      ...process.env,
      CUSTOM_FPM_PATH: join(import.meta.dirname, 'stand-in-fpm.mjs'),
      SIFAKA_HOMEPAGE: homepage,
      SIFAKA_UPDATE_URL: updates,
    },
    maxBuffer: 16 * 1024 * 1024,
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['deb', 'rpm'] as const)('the %s', (format) => {
  const made = (...path: string[]) =>
    join(
      output,
      `Sifaka-${packageFile.version}-linux-${format === 'deb' ? 'amd64' : 'x86_64'}.${format}`,
      ...path,
    );
  const files = (path: string) => `${made()}.root/files${path}`;

  it('says what it is', async () => {
    const args: string[] = JSON.parse(await readFile(made(), 'utf8'));
    const valueOf = (option: string) => args[args.indexOf(option) + 1];
    expect(valueOf('--name')).toBe('sifaka');
    expect(valueOf('--version')).toBe(packageFile.version);
    expect(valueOf('--license')).toBe(packageFile.license);
    expect(valueOf('--url')).toBe(homepage);
    const recommended = args.filter((_, index) => /^--(deb-recommends|rpm-tag)$/.test(args[index - 1] ?? ''));
    expect(recommended).toEqual(format === 'deb' ? ['pkexec', 'polkitd'] : ['Recommends: polkit']);
  });

  it("has polkit's policy where polkit looks", async () => {
    const policy = await readFile(files('/usr/share/polkit-1/actions/org.sifaka.writer.policy'), 'utf8');
    const named = /policykit\.exec\.path">([^<]+)</.exec(policy)?.[1];
    expect((await stat(files(named ?? ''))).mode & 0o777).toBe(0o755);
  });

  it('has an entry for the desktop that takes sifaka:// links and names the window', async (context) => {
    requireTools(context, 'desktop-file-validate');
    const { desktopName } = packageFile;
    const applications = files('/usr/share/applications');
    expect(await readdir(applications)).toEqual([desktopName]);
    const entry = join(applications, desktopName);
    const { stdout } = await execute('desktop-file-validate', [entry]);
    expect(stdout).toBe('');
    const text = await readFile(entry, 'utf8');
    expect(text).toMatch(/^Exec=\/opt\/Sifaka\/sifaka-desktop %U$/m);
    expect(text).toMatch(/^MimeType=x-scheme-handler\/sifaka;$/m);
    // Electron's name for its windows, and how a dock knows whose progress it shows: desktopName in the app's package.json.
    const archive = files('/opt/Sifaka/resources/app.asar');
    const packed: { desktopName?: string } = JSON.parse(
      extractFile(archive, 'package.json').toString('utf8'),
    );
    expect(packed.desktopName).toBe(desktopName);
    expect(text).toMatch(new RegExp(`^StartupWMClass=${desktopName.replace(/\.desktop$/, '')}$`, 'm'));
    expect(text).toMatch(/^Icon=sifaka-desktop$/m);
  });

  it('that is made with an address for updates carries it, as the app reads it', async () => {
    expect(await findUpdateChannel(files('/opt/Sifaka/resources'))).toEqual({ folder: updates });
  });

  it('has the icon in every size of the theme', async () => {
    const theme = files('/usr/share/icons/hicolor');
    const sizes = await readdir(theme);
    expect(sizes.toSorted()).toEqual(
      ['128x128', '16x16', '24x24', '256x256', '32x32', '48x48', '512x512', '64x64'].toSorted(),
    );
    for (const size of sizes)
      expect((await stat(join(theme, size, 'apps/sifaka-desktop.png'))).size).toBeGreaterThan(100);
  });

  it('has the command on the PATH, and no install script that would put something else there', async (context) => {
    for (const script of ['after-install', 'after-remove']) {
      const text = await readFile(`${made()}.root/${script}`, 'utf8');
      expect(text).not.toMatch(/\/usr\/bin\/sifaka(?!-desktop)\b/);
    }
    await requireNamespaces(context);
    // As it would be installed: the package's own /opt, in a file system of this process.
    const script =
      'mount -t tmpfs none /opt && mkdir /opt/Sifaka && mount --bind "$1" /opt/Sifaka && exec "$2" --version';
    const { stdout } = await execute('unshare', [
      ...ownMounts,
      'sh',
      '-c',
      script,
      'sh',
      files('/opt/Sifaka'),
      files('/usr/bin/sifaka'),
    ]);
    expect(stdout.trim()).toBe(packageFile.version);
  });
});
