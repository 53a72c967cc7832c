import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../boot/run-program.ts';
import { madeOnce } from '../made-once.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const script = join(here, 'node-root.sh');
const suite = 'bookworm';

/** What a Proxmox node has of these, and libfaketime. Python comes with ifupdown2. */
const packages = [
  'busybox',
  'dbus',
  'ethtool',
  'faketime',
  'ifupdown2',
  'iperf3',
  'iproute2',
  'iputils-ping',
  'kmod',
  'lzop',
  'openssh-server',
  'procps',
  'systemd-sysv',
  'udev',
  'zstd',
];

const options = [
  '--mode=root',
  '--variant=minbase',
  '--format=directory',
  `--include=${packages.join(',')}`,
  '--aptopt=APT::Install-Recommends "false"',
  '--dpkgopt=force-unsafe-io',
  ...['doc', 'man', 'locale', 'info'].map((share) => `--dpkgopt=path-exclude=/usr/share/${share}/*`),
];

/**
 * The folder of a Debian 12 system without a kernel, which every node lies over and none changes. Kept in the tests' cache
 * under a digest of what it is made from; making it takes root, Debian's archive once and half a minute.
 */
export async function nodeRoot(): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([suite, options]));
  digest.update(await readFile(script));
  return madeOnce('node-roots', digest.digest('hex'), (arriving) =>
    runProgram('mmdebstrap', [...options, `--customize-hook='${script}' "$1"`, suite, arriving]),
  );
}
