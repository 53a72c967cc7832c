import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getRawHeader } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { build, Platform } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageFile from '../../../package.json' with { type: 'json' };
import { installedHelper } from '../../../electron/services/drives/launch/installed-helper.ts';
import { requireDouble, RunningDouble } from '../../rig/electron-double/start-double.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { openTargets } from '../../e2e/open-targets.ts';
import { makeDesktopFolder } from '../../e2e/desktop/desktop-folder.ts';
import { everyFile, makePackages, type Packages, packagesIn, root } from './packed-tree.ts';
import { unpackArchive } from './packed-window.ts';
import { readWindowsProgram } from './windows-program.ts';

const execute = promisify(execFile);
const mebibyte = 1024 * 1024;

let packages: Packages;
const cleanUp: (() => Promise<void>)[] = [];
let lock: { packages: Record<string, { version?: string; dev?: boolean }> };
let written: {
  productName: string;
  publish: null;
  protocols: { schemes: string[] }[];
  linux: { executableName: string };
  deb: { fpm: string[] };
  rpm: { fpm: string[] };
  win: { requestedExecutionLevel: string };
  nsis: { perMachine: boolean; allowToChangeInstallationDirectory: boolean };
};

beforeAll(async () => {
  packages = await makePackages();
  cleanUp.push(packages.remove);
  lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  written = parse(await readFile(join(root, 'electron-builder.yml'), 'utf8'));
});

afterAll(async () => {
  for (const remove of cleanUp) await remove();
});

describe.each(['linux', 'windows'] as const)('the tree for %s', (os) => {
  it('has nothing that only who builds it needs', () => {
    const tree = packages[os];
    const needless =
      /\.(map|d\.[cm]?ts|tsx?|mts|cts|md|gyp|gypi|cc?|cpp|hp?p?|o|tsbuildinfo)$|(^|\/)(\.[^/]+|tests?|__tests__|coverage|prebuilds|build\/Release)\//;
    const own = /resources\/demo-lab\//;
    expect(everyFile(tree).filter((name) => needless.test(name) && !own.test(name))).toEqual([
      'inside:THIRD-PARTY-NOTICES.md',
    ]);
  });

  it('has only packages that are part of the app, and of them only what the main process loads', () => {
    const tree = packages[os];
    const inside = packagesIn(tree.inside, '');
    expect(packagesIn(tree.beside, 'cli/')).toEqual(inside);
    expect(inside).toEqual(expect.arrayContaining(['node_modules/yaml', 'node_modules/ext2fs']));
    expect(inside.filter((path) => lock.packages[path]?.dev !== undefined || !lock.packages[path])).toEqual(
      [],
    );
    // The page and the writer carry theirs within themselves, and the main process what it uses a small part of.
    for (const bundled of ['react', '@mantine/core', 'etcher-sdk', 'zod', '@aws-sdk/client-s3'])
      expect(inside).not.toContain(`node_modules/${bundled}`);
    // They state no licence.
    for (const unlicensed of ['buffers', '@balena/node-crc-utils'])
      expect(inside.filter((path) => path.endsWith(`node_modules/${unlicensed}`))).toEqual([]);
  });

  it('has no program and no addon but Electron and Node', async () => {
    const tree = packages[os];
    const programs: string[] = [];
    for (const name of everyFile(tree)) {
      const start = (await tree.read(name)).subarray(0, 4).toString('latin1');
      if (start === '\u007fELF' || start.startsWith('MZ') || start === '\xcf\xfa\xed\xfe')
        programs.push(name);
      else if (/\.(node|so|dll|dylib|exe)$/.test(name)) programs.push(name);
    }
    expect(programs).toEqual([os === 'linux' ? 'beside:writer/node' : 'beside:writer/node.exe']);
  });

  it('has no secret, and nothing of the machine it was made on', async () => {
    const tree = packages[os];
    const secret =
      /AGE-SECRET-KEY-1[0-9A-Z]{58}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|gh[pos]_[A-Za-z0-9]{36}/;
    const found: string[] = [];
    for (const name of everyFile(tree)) {
      if (/writer\/node(\.exe)?$/.test(name)) continue;
      const text = (await tree.read(name)).toString('latin1');
      if (secret.test(text) || text.includes(root)) found.push(name);
      if (/(^|[/:])(\.env|\.npmrc|id_(rsa|ed25519)|.*\.(pem|key|p12|pfx))$/.test(name)) found.push(name);
    }
    expect(found).toEqual([]);
  });

  it('has the writer, Node and the command where a plain Node can read them, for nobody else to change', async () => {
    const tree = packages[os];
    const launcher =
      os === 'linux'
        ? ['writer/sifaka-writer', 'cli/sifaka', 'cli/ha-sync']
        : ['cli/sifaka.cmd', 'cli/ha-sync.cmd', 'cli/path.ps1'];
    const built = ['cli/out/main/cli.js', 'cli/out/main/ha-sync.js', 'cli/out/main/sync-thread.js'];
    const wanted = ['writer/writer.mjs', 'cli/out/writer/writer.mjs', ...built, ...launcher];
    expect(tree.beside).toEqual(expect.arrayContaining(wanted));
    expect(tree.inside.filter((path) => /writer\.mjs$|sifaka-writer/.test(path))).toEqual([]);
    for (const path of tree.beside) {
      const { mode } = await stat(join(tree.folder, 'resources', path));
      expect(mode & 0o022, path).toBe(0);
    }
  });

  it('has the fuses that keep others from using the program as something else', async () => {
    const tree = packages[os];
    const name = os === 'linux' ? written.linux.executableName : `${written.productName}.exe`;
    const wire = await getCurrentFuseWire(join(tree.folder, name));
    const on = (fuse: FuseV1Options) => String.fromCharCode(Number(wire[fuse]));
    expect({
      runAsNode: on(FuseV1Options.RunAsNode),
      cookieEncryption: on(FuseV1Options.EnableCookieEncryption),
      nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
      integrity: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      onlyArchive: on(FuseV1Options.OnlyLoadAppFromAsar),
      filePrivileges: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: '0',
      cookieEncryption: '1',
      nodeOptions: '0',
      inspect: '0',
      integrity: '1',
      onlyArchive: '1',
      filePrivileges: '0',
    });
  });

  it('asks nobody for updates', () => {
    expect(written.publish).toBeNull();
    expect(packages[os].beside).not.toContain('app-update.yml');
  });

  it('stays within its budget', async () => {
    const tree = packages[os];
    let command = 0;
    for (const path of tree.beside)
      if (path.startsWith('cli/')) command += (await stat(join(tree.folder, 'resources', path))).size;
    expect((await stat(tree.archive)).size / mebibyte).toBeLessThan(14);
    expect(command / mebibyte).toBeLessThan(14);
  });
});

describe('on Linux', () => {
  it("polkit's policy names the helper that is packed, and is packed itself", async () => {
    const policy = await readFile(join(root, 'resources/polkit/org.sifaka.writer.policy'), 'utf8');
    const named = /policykit\.exec\.path">([^<]+)</.exec(policy)?.[1];
    expect(packages.linux.beside).toContain('writer/sifaka-writer');
    expect(named).toBe(`/opt/${written.productName}/resources/writer/sifaka-writer`);
    expect(installedHelper).toBe(named);
    const place = '/usr/share/polkit-1/actions/org.sifaka.writer.policy';
    for (const { fpm } of [written.deb, written.rpm])
      expect(fpm).toContain(`resources/polkit/org.sifaka.writer.policy=${place}`);
  });

  it('the command makes a card with what is packed and nothing else, through a link from elsewhere', async (context) => {
    requireTools(context, 'readlink');
    const link = join(packages.output, 'sifaka');
    await symlink(join(packages.linux.folder, 'resources/cli/sifaka'), link);
    const home = join(packages.output, 'home');
    const sifaka = async (...args: string[]) =>
      (await execute(link, args, { cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: home, SIFAKA_HOME: home } }))
        .stdout;
    expect((await sifaka('--version')).trim()).toBe(packageFile.version);
    const haSync = join(packages.linux.folder, 'resources/cli/ha-sync');
    expect((await execute(haSync, ['--version'], { cwd: '/' })).stdout.trim()).toBe(packageFile.version);
    // It came with a window, and knows so.
    const program = join(packages.linux.folder, written.linux.executableName);
    expect(await sifaka('doctor')).toContain(`Installed with this command: ${program}.`);
    const lab = join(packages.output, 'lab');
    await sifaka('lab', 'demo', lab);
    const card = join(packages.output, 'card.img');
    await sifaka('--lab', lab, 'card', 'build', 'titan-13', '--to', card);
    expect(await sifaka('--lab', lab, 'card', 'verify', 'titan-13', '--drive', card)).toContain('verified');
  });

  it('the window shows the lab from what is in the archive alone, in the double of Electron', async (context) => {
    requireDouble(context);
    const folder = await mkdtemp(join(tmpdir(), 'sifaka-packed-window-'));
    cleanUp.push(() => rm(folder, { recursive: true, force: true }));
    const built = await unpackArchive(packages.linux, folder);
    await using place = await makeDesktopFolder();
    await using desktop = new RunningDouble({ built, folder: place.folder, argv: ['--lab', place.lab] });
    const page = await desktop.page();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await openTargets(page, 'titan-13');
    await page.getByRole('radio', { name: /sd-1/ }).waitFor();
    await desktop.closeWindow();
    await desktop.exited;
  });

  it('what is put on the PATH starts the command where it is installed', async (context) => {
    requireTools(context, 'shellcheck');
    for (const command of ['sifaka', 'ha-sync']) {
      const file = join(root, 'build/linux', command);
      const onPath = await readFile(file, 'utf8');
      expect(onPath).toContain(`exec /opt/${written.productName}/resources/cli/${command} "$@"`);
      expect((await stat(file)).mode & 0o111).toBe(0o111);
      for (const { fpm } of [written.deb, written.rpm])
        expect(fpm).toContain(`build/linux/${command}=/usr/bin/${command}`);
      await execute('shellcheck', [file, join(packages.linux.folder, 'resources/cli', command)]);
    }
  });
});

describe('on Windows', () => {
  it('the program has its name, its icon, and the digest of the archive it may load', async () => {
    const { folder, archive } = packages.windows;
    const program = await readWindowsProgram(join(folder, 'Sifaka.exe'));
    expect(program.strings).toMatchObject({ ProductName: 'Sifaka' });
    expect(program.icons).toBe(6);
    const digest = createHash('sha256').update(getRawHeader(archive).headerString).digest('hex');
    expect(program.integrity).toEqual([
      { file: String.raw`resources\app.asar`, alg: 'SHA256', value: digest },
    ]);
  });

  it('is installed where only administrators write, and runs as who starts it', () => {
    expect(written.win.requestedExecutionLevel).toBe('asInvoker');
    expect(written.nsis).toMatchObject({ perMachine: true, allowToChangeInstallationDirectory: false });
  });

  it('the launcher has the line ends that cmd.exe needs', async () => {
    for (const [command, file] of Object.entries({ sifaka: 'cli.js', 'ha-sync': 'ha-sync.js' })) {
      const launcher = (await packages.windows.read(`beside:cli/${command}.cmd`)).toString('utf8');
      expect(launcher.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      const start = String.raw`"%~dp0..\writer\node.exe" "%~dp0out\main\FILE" %*`;
      expect(launcher).toContain(start.replace('FILE', file));
    }
  });
});

describe('beside the packages', () => {
  it('the checksums are right, and name every file', async (context) => {
    requireTools(context, 'sha256sum');
    const { output, linux } = packages;
    await execute('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: output });
    const listed = await readFile(join(output, 'SHA256SUMS'), 'utf8');
    for (const path of [...linux.beside.map((one) => `resources/${one}`), 'resources/app.asar'])
      expect(listed).toContain(`  linux-unpacked/${path}\n`);
  });

  it('the bill of materials has what is packed, the runtimes, and nothing that only builds', async () => {
    const file = join(packages.output, `Sifaka-${packageFile.version}-linux.cdx.json`);
    const bill: { bomFormat: string; components: { name: string; version: string }[] } = JSON.parse(
      await readFile(file, 'utf8'),
    );
    expect(bill.bomFormat).toBe('CycloneDX');
    const named = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
    for (const path of packagesIn(packages.linux.inside, ''))
      expect(named).toContain(`${path.split('node_modules/').at(-1)}@${lock.packages[path]?.version}`);
    const { electron, node, vitest, vite } = packageFile.devDependencies;
    expect(named).toContain(`electron@${electron}`);
    expect(named).toContain(`node@${node}`);
    expect(named).not.toContain(`vitest@${vitest}`);
    expect(named).not.toContain(`vite@${vite}`);
  });
});

describe('how it is made', () => {
  it('says which binaries are placeholders', () => {
    expect(packages.said).toContain('win-x64: Electron');
    expect(packages.said).toContain('win-x64: Node');
  });

  it('has its configuration held against the schema of electron-builder', async () => {
    const made = build({
      projectDir: root,
      targets: Platform.LINUX.createTarget('dir'),
      config: { ...parse(await readFile(join(root, 'electron-builder.yml'), 'utf8')), noSuchOption: true },
    });
    await expect(made).rejects.toThrow(/unknown property 'noSuchOption'/);
  });

  it('ships the Node that the app is tested with', async () => {
    const runtimes: { version: string } = JSON.parse(
      await readFile(join(root, 'build/node-runtimes.json'), 'utf8'),
    );
    expect(runtimes.version).toBe(packageFile.devDependencies.node);
  });

  it('takes sifaka:// links', () => {
    expect(written.protocols.flatMap(({ schemes }) => schemes)).toEqual(['sifaka']);
  });
});
