/**
 * `npm test`: installs what is missing, checks, runs every test, looks for leftovers, and ends by listing what could not be
 * proven on this machine. With CI=true a part that is missing fails the run instead of being skipped.
 *
 * `--long` runs only what takes minutes: the boot proof, every fault of a deploy, every point of a burn, and
 * a hundred kills of backups. With CI=true a plain run makes the
 * boot proof's first half too, a PC, beside the other tests, unless nothing changed that it proves.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { currentCommit, provenSince, rememberProof } from './boot-proof.mjs';
import { node24, prepare, root, run } from './bootstrap.mjs';
import { whereDesktopRan } from './desktop-ran.mjs';

const results = join(root, 'out', 'test-results');
const unprovenFile = join(results, 'unproven.txt');
const desktopFile = join(results, 'desktop.txt');
const execute = promisify(execFile);
/** Where the pairs of the demo lab have their log: a test that runs one there would leave it on the machine. */
const demoLabsLogs = '/var/log/ha-sync';
const onlyLong = process.argv.includes('--long');

/** Debian's packages the tests use, by the program that shows whether each is there. */
const debianPackages = {
  age: 'age',
  bridge: 'iproute2',
  busybox: 'busybox',
  chromium: 'chromium',
  'cmark-gfm': 'cmark-gfm',
  cryptsetup: 'cryptsetup-bin',
  'dbus-daemon': 'dbus-daemon',
  'dbus-send': 'dbus-bin',
  debugfs: 'e2fsprogs',
  'desktop-file-validate': 'desktop-file-utils',
  'dpkg-source': 'dpkg-dev',
  etcd: 'etcd-server',
  faketime: 'faketime',
  'fsck.vfat': 'dosfstools',
  ip: 'iproute2',
  iperf3: 'iperf3',
  'mkfs.btrfs': 'btrfs-progs',
  'mkfs.exfat': 'exfatprogs',
  'mkfs.xfs': 'xfsprogs',
  'mount.exfat-fuse': 'exfat-fuse',
  losetup: 'mount',
  makensis: 'nsis',
  mariadbd: 'mariadb-server-core mariadb-client-core',
  mcopy: 'mtools',
  mmdebstrap: 'mmdebstrap',
  nbdfuse: 'libnbd-bin',
  openssl: 'openssl',
  ping: 'iputils-ping',
  pkexec: 'pkexec',
  pvcreate: 'lvm2',
  sfdisk: 'fdisk',
  shellcheck: 'shellcheck',
  'ssh-agent': 'openssh-client',
  sshd: 'openssh-server',
  'swift-proxy-server': 'swift-proxy swift-account swift-container swift-object',
  'systemd-analyze': 'systemd',
  'systemd-nspawn': 'systemd-container',
  tcc: 'tcc libc6-dev',
  xz: 'xz-utils',
  zip: 'zip',
  zstd: 'zstd',
};

/** What the boot proof needs besides. */
const pcPackages = {
  'grub-mkimage': 'grub-pc-bin',
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

/** The folders of tests, which are Vitest's projects. */
const kinds = ['unit', 'integration', 'e2e', 'long'];

async function main() {
  const started = Date.now();
  const hadLogs = existsSync(demoLabsLogs);
  await prepare();
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  await installDebianPackages();
  // A folder of its own, so that two runs on one machine do not see each other's.
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-test-'));
  await chmod(folder, 0o755);
  const failures = [];
  const long = await planLong();
  // Mostly a wait for Debian's archive, where it is not there yet.
  const nodeRoot = onlyLong ? true : makeNodeRoot();
  const kubePrograms = onlyLong ? true : makeKubePrograms();
  for (const step of onlyLong ? [] : steps) {
    console.log(`\n── ${step.name}`);
    if ((await run('npm', step.args, npmOptions())) !== 0) failures.push(step.name);
  }
  if (!(await nodeRoot)) failures.push('root of the nodes');
  if (!(await kubePrograms)) failures.push('kube-apiserver');
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const runs = [];
  // All in one, so that the small ones do not wait for the last large one of each kind.
  if (!onlyLong) runs.push({ name: 'tests', projects: kinds.filter((kind) => kind !== 'long'), files: [] });
  if (long.run) runs.push({ name: 'long tests', projects: ['long'], files: long.files });
  // Side by side: the boot proof mostly waits, for the clocks of its machines. What it says is told after the tests.
  const ends = await Promise.all(runs.map((one, index) => runTests(one, { folder, aside: index > 0 })));
  for (const { own, code, name, projects, words } of ends) {
    if (words !== undefined) console.log(words);
    for (const key of Object.keys(counts)) counts[key] += own[key];
    // Without a failed file, it is something around the tests that failed.
    if (code !== 0) failures.push(...(own.failedKinds.length > 0 ? own.failedKinds : [name]));
    const proven = code === 0 && own.skipped === 0 && own.passed > 0;
    if (projects.includes('long') && proven) await rememberProof(long.commit);
  }
  const left = await leftovers(folder);
  if (!hadLogs && existsSync(demoLabsLogs)) left.push(`folder ${demoLabsLogs}`);
  // What is still mounted in it cannot be removed, and is named.
  await rm(folder, { recursive: true, force: true }).catch((error) => left.push(error.message));
  if (left.length > 0) failures.push('leftovers');
  for (const one of left) console.error(`left behind: ${one}`);

  const desktop = await whereDesktopRan(desktopFile);
  console.log(`\n${desktop.words}`);
  console.log('\n── what this run could not prove');
  const unstable = ends.flatMap(({ own }) => own.unstable);
  for (const line of [...(await unproven(desktop)), ...long.unproven, ...unstable])
    console.log(`  · ${line}`);
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
  console.log(`\n${Math.round((Date.now() - started) / 1000)} s`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = failures.length > 0 || counts.passed === 0 ? 1 : 0;
}

/** One run of Vitest, and how it ended. `aside`: it says nothing while others do; its words come with its end. */
async function runTests({ name, projects, files }, { folder, aside }) {
  const report = join(results, `${name.replace(' ', '-')}.json`);
  const log = report.replace(/json$/, 'txt');
  const said = aside ? await open(log, 'w') : undefined;
  if (!aside) console.log(`\n── ${name}`);
  const code = await run(
    node24,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      ...files,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      ...(said && { stdio: ['ignore', said.fd, said.fd] }),
      env: {
        TMPDIR: folder,
        SIFAKA_UNPROVEN: unprovenFile,
        SIFAKA_DESKTOP_RAN: desktopFile,
        PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
      },
    },
  );
  await said?.close();
  const words = said && `\n── ${name}\n${await readFile(log, 'utf8')}`;
  return { name, projects, code, words, own: await outcomeOf(report) };
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

/** The system that the nodes of the tests' clusters lie over, kept from run to run: half a minute where it is missing. */
async function makeNodeRoot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await onPath('mmdebstrap'))) return true;
  return (await run(node24, [join(root, 'tests/rig/cluster/make-node-root.ts')])) === 0;
}

/** The API server that leases are kept in, built once and kept from run to run: some minutes where it is missing. */
async function makeKubePrograms() {
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  if (!existsSync(keys) || !(await onPath('dpkg-source')) || !(await onPath('etcd'))) return true;
  return (await run(node24, [join(root, 'tests/rig/kube/make-kube-programs.ts')])) === 0;
}

async function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

/**
 * How many tests passed, failed and were skipped, of which kinds a file failed, as in `unit tests`, and a line for each test
 * that passed only when it was tried again.
 */
async function outcomeOf(report) {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0, skipped: 0, failedKinds: [], unstable: [] };
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(text);
  const failedFiles = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const hasFailed = (kind) =>
    failedFiles.some((file) => relative(join(root, 'tests'), file).startsWith(`${kind}${sep}`));
  return {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests,
    failedKinds: kinds.filter(hasFailed).map((kind) => `${kind} tests`),
    unstable: testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
        .map(({ fullName, failureMessages: [first] }) => unstableLine(relative(root, name), fullName, first)),
    ),
  };
}

function unstableLine(file, test, failure) {
  return `Unstable, passed only when tried again: ${file} > ${test}: ${failure.split('\n', 1)[0]}`;
}

/** What this run makes of the boot proof, at which commit, and what to say of the rest. */
async function planLong() {
  const commit = await currentCommit();
  if (onlyLong) return { run: true, files: [], commit, unproven: [] };
  const fewFaults = [
    'Only three faults of a deploy in this run. `npm run test:long` has all of docs/bridge-faults.md.',
    'Faults of a burn were tried at 16 points, and 40 forged jobs of the writer, in this run. `npm run test:long` has 50 and 100.',
    'Backups were killed at five moments in this run. `npm run test:long` has a hundred.',
    'Two folders were disturbed by fifty seeds in this run. `npm run test:long` has a thousand.',
  ];
  if (process.env.CI !== 'true') {
    const whole = 'Not proven in this run: boot proof. `npm run test:long` makes it.';
    return { run: false, unproven: [whole, ...fewFaults] };
  }
  const board = 'Not proven in this run: boot proof of an arm64 board. `npm run test:long` makes it.';
  const since = await provenSince();
  if (since === undefined)
    return { run: true, files: ['tests/long/boot/pc.test.ts'], commit, unproven: [board, ...fewFaults] };
  const line = `Not proven in this run: boot proof, nothing that it covers changed since ${since.slice(0, 12)}, where it passed.`;
  return { run: false, unproven: [line, board, ...fewFaults] };
}

/**
 * What the tests left on the machine: everything of theirs lies in, or is mounted on, their own temporary folder, or is a
 * cluster of nodes whose owner has ended.
 */
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
  return [...found, ...(await leftClusters())];
}

/** A cluster's namespaces live as long as its processes, which are all in its cgroups; those have its owner's number. */
async function leftClusters() {
  const found = [];
  for (const hierarchy of ['', 'unified', 'systemd']) {
    const names = await readdir(join('/sys/fs/cgroup', hierarchy)).catch(() => []);
    for (const name of names) {
      const [, owner] = /^sifaka-rig-\d+-(\d+)-/.exec(name) ?? [];
      if (owner === undefined || existsSync(join('/proc', owner))) continue;
      found.push(`cgroup ${join('/sys/fs/cgroup', hierarchy, name)}`);
      for (const pid of await readdir('/proc')) {
        const [groups, command] = await Promise.all(
          ['cgroup', 'cmdline'].map((file) => readFile(join('/proc', pid, file), 'utf8').catch(() => '')),
        );
        if (groups.includes(name)) found.push(`process ${pid} ${command.replaceAll('\0', ' ')}`);
      }
    }
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
