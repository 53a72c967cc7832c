/**
 * `npm test`: installs what is missing, checks, runs every test, looks for leftovers, and ends by listing what could not be
 * proven on this machine. With CI=true a part that is missing fails the run instead of being skipped.
 *
 * `--long` runs only what takes minutes: the boot proof. With CI=true a plain run makes its first half too, a PC, unless
 * nothing changed that it proves.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { currentCommit, provenSince, rememberProof } from './boot-proof.mjs';
import { node24, prepare, root, run } from './bootstrap.mjs';
import { whereDesktopRan } from './desktop-ran.mjs';

const results = join(root, 'out', 'test-results');
const unprovenFile = join(results, 'unproven.txt');
const desktopFile = join(results, 'desktop.txt');
const execute = promisify(execFile);
const onlyLong = process.argv.includes('--long');

/** Debian's packages the tests use, by the program that shows whether each is there. */
const debianPackages = {
  age: 'age',
  busybox: 'busybox',
  chromium: 'chromium',
  cryptsetup: 'cryptsetup-bin',
  'dbus-daemon': 'dbus-daemon',
  'dbus-send': 'dbus-bin',
  debugfs: 'e2fsprogs',
  'desktop-file-validate': 'desktop-file-utils',
  'fsck.vfat': 'dosfstools',
  'mkfs.btrfs': 'btrfs-progs',
  losetup: 'mount',
  makensis: 'nsis',
  mcopy: 'mtools',
  nbdfuse: 'libnbd-bin',
  pkexec: 'pkexec',
  pvcreate: 'lvm2',
  sfdisk: 'fdisk',
  shellcheck: 'shellcheck',
  'ssh-agent': 'openssh-client',
  sshd: 'openssh-server',
  'systemd-analyze': 'systemd',
  xz: 'xz-utils',
  zip: 'zip',
  zstd: 'zstd',
};

/** What the boot proof needs besides. */
const pcPackages = {
  'grub-mkimage': 'grub-pc-bin',
  mmdebstrap: 'mmdebstrap',
  'qemu-system-x86_64': 'qemu-system-x86',
  ssh: 'openssh-client',
};

/** What `--long` needs besides: an arm64 board, and arm64 programs run here while its image is made. */
const boardPackages = {
  'qemu-aarch64-static': 'qemu-user-static',
  'qemu-system-aarch64': 'qemu-system-arm qemu-efi-aarch64',
};

const steps = [
  { name: 'types', args: ['run', 'types'] },
  { name: 'lint and layers', args: ['run', 'lint'] },
  { name: 'format', args: ['run', 'format:check'] },
  { name: 'unused code', args: ['run', 'unused'] },
  { name: 'third-party notices', args: ['run', 'notices', '--', '--check'] },
];

async function main() {
  const started = Date.now();
  await prepare();
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  await installDebianPackages();
  // A folder of its own, so that two runs on one machine do not see each other's.
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-test-'));
  await chmod(folder, 0o755);
  const failures = [];
  const long = await planLong();
  for (const step of onlyLong ? [] : steps) {
    console.log(`\n── ${step.name}`);
    if ((await run('npm', step.args, npmOptions())) !== 0) failures.push(step.name);
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const projects = onlyLong ? [] : ['unit', 'integration', 'e2e'];
  if (long.run) projects.push('long');
  for (const project of projects) {
    console.log(`\n── ${project} tests`);
    const report = join(results, `${project}.json`);
    const code = await run(
      node24,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--project',
        project,
        ...(project === 'long' ? long.files : []),
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      {
        env: {
          TMPDIR: folder,
          SIFAKA_UNPROVEN: unprovenFile,
          SIFAKA_DESKTOP_RAN: desktopFile,
          PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
        },
      },
    );
    if (code !== 0) failures.push(`${project} tests`);
    const own = await countsOf(report);
    for (const key of Object.keys(counts)) counts[key] += own[key];
    const proven = code === 0 && own.skipped === 0 && own.passed > 0;
    if (project === 'long' && proven) await rememberProof(long.commit);
  }
  const left = await leftovers(folder);
  await rm(folder, { recursive: true, force: true });
  if (left.length > 0) failures.push('leftovers');
  for (const one of left) console.error(`left behind: ${one}`);

  const desktop = await whereDesktopRan(desktopFile);
  console.log(`\n${desktop.words}`);
  console.log('\n── what this run could not prove');
  for (const line of [...(await unproven(desktop)), ...long.unproven]) console.log(`  · ${line}`);
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
  console.log(`\n${Math.round((Date.now() - started) / 1000)} s`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = failures.length > 0 || counts.passed === 0 ? 1 : 0;
}

function npmOptions() {
  return { shell: process.platform === 'win32' };
}

async function installDebianPackages() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await onPath('apt-get'))) return;
  const missing = [];
  const wanted = {
    ...debianPackages,
    ...(onlyLong || process.env.CI === 'true' ? pcPackages : {}),
    ...(onlyLong ? boardPackages : {}),
  };
  for (const [program, names] of Object.entries(wanted))
    if (!(await onPath(program))) missing.push(...names.split(' '));
  if (missing.length === 0) return;
  console.log(`Installing Debian packages for the tests: ${missing.join(' ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

async function countsOf(report) {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(text);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

/** What this run makes of the boot proof, at which commit, and what to say of the rest. */
async function planLong() {
  const commit = await currentCommit();
  if (onlyLong) return { run: true, files: [], commit, unproven: [] };
  if (process.env.CI !== 'true') {
    return { run: false, unproven: ['Not proven in this run: boot proof. `npm run test:long` makes it.'] };
  }
  const board = 'Not proven in this run: boot proof of an arm64 board. `npm run test:long` makes it.';
  const since = await provenSince();
  if (since === undefined)
    return { run: true, files: ['tests/long/boot/pc.test.ts'], commit, unproven: [board] };
  const line = `Not proven in this run: boot proof, nothing that it covers changed since ${since.slice(0, 12)}, where it passed.`;
  return { run: false, unproven: [line, board] };
}

/** What the tests left on the machine: everything of theirs lies in, or is mounted on, their own temporary folder. */
async function leftovers(folder) {
  const own = (await readdir(folder)).filter((name) => name.startsWith('sifaka-'));
  const found = own.map((name) => `folder ${join(folder, name)}`);
  for (const [label, command, ...args] of [
    ['mount', 'findmnt', '-rn', '-o', 'TARGET,SOURCE'],
    ['loop device', 'losetup', '-ln', '-O', 'NAME,BACK-FILE'],
    ['process', 'ps', '-eo', 'pid=,args='],
  ]) {
    const { stdout } = await execute(command, args).catch(() => ({ stdout: '' }));
    for (const line of stdout.split('\n')) if (line.includes(folder)) found.push(`${label} ${line.trim()}`);
  }
  return found;
}

async function unproven({ inElectron }) {
  const skipped = await readFile(unprovenFile, 'utf8').catch(() => '');
  const lines = new Set(skipped.split('\n').filter(Boolean));
  if (!inElectron) lines.add('The Electron window: no test opened it, and its double is not Electron.');
  if (process.platform !== 'win32') lines.add('Windows: nothing was run there.');
  lines.add('Real SD cards and card readers: cards were written to files and virtual drives.');
  return lines;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
