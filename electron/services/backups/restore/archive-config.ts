import { bytesIn } from '../discover/guest-configurations.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { shellScript } from '../../ssh/run-command.ts';
import { fileKind } from '../prove/archive-tools.ts';
import type { FileOnNode } from '../archives/archive-on-node.ts';
import type { GuestNode } from './guest-commands.ts';
import { disksOf, type GuestConfigText, parseGuestConfig } from './guest-config.ts';

/**
 * The configuration that an archive has in it; of it only the beginning is read. Arguments: path, packer or -, vma or tar.
 * vma's is in its header (pve-qemu, vma_spec.txt); a tar begins with ./etc/vzdump/pct.conf (PVE::VZDump::LXC).
 */
const configScript = String.raw`
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unpacked() {
	case $1 in
	-) exec cat ;;
	*) exec "$1" -q -d -c 2>/dev/null ;;
	esac
}
content() {
	case $1 in
	vma) vma config - ;;
	tar) tar --occurrence=1 -xOf - ./etc/vzdump/pct.conf 2>/dev/null ;;
	esac
}
unpacked "$2" <"$1" | content "$3" | head -c 262144
echo
echo "# end"
`;

/** What an archive will make. */
export interface ArchivedGuest {
  readonly config: GuestConfigText;
  /** Its disks that are in the archive, the storages that they were on, and how large they are made, where it says so. */
  readonly disks: readonly {
    readonly key: string;
    readonly storage: string;
    readonly bytes?: number | undefined;
  }[];
}

/** `undefined` when the archive does not show it: that proves nothing. The problems of `Ssh.run`. */
export async function configInArchive(
  { ssh, destination }: GuestNode,
  { name, path }: FileOnNode,
  signal: AbortSignal,
): Promise<ArchivedGuest | undefined> {
  const { packer, content } = fileKind(name);
  if (content === undefined) return undefined;
  const { stdout } = await ssh.run(destination, shellScript(configScript, path, packer ?? '-', content), {
    signal,
    limits: { milliseconds: 120_000, bytes: 1024 * 1024 },
  });
  const text = stdout.toString('utf8');
  if (!text.endsWith('\n# end\n') || text.trim() === '# end') return undefined;
  const config = parseGuestConfig(text);
  // vzdump's own list of what is in a vma: `#qmdump#map:scsi0:drive-scsi0:local-lvm:raw:` (PVE::VZDump::QemuServer).
  const sizes = new Map(disksOf(config).map(({ key, size }) => [key, bytesIn(size)]));
  const mapped = config.notes.flatMap((line) => {
    const [, key, storage] = /^qmdump#map:([a-z]+\d+):[^:]+:([A-Za-z][A-Za-z0-9_.-]*):/.exec(line) ?? [];
    return key === undefined || storage === undefined ? [] : [{ key, storage, bytes: sizes.get(key) }];
  });
  if (content === 'vma') return { config, disks: mapped };
  const disks = disksOf(config).flatMap(({ key, volume }) => {
    const isIn = key === 'rootfs' || isBackedUp(config, key);
    const storage = /^([A-Za-z][A-Za-z0-9_.-]*):/.exec(onOneLine(volume, 300))?.[1];
    return isIn && storage !== undefined ? [{ key, storage, bytes: sizes.get(key) }] : [];
  });
  return { config, disks };
}

function isBackedUp({ entries }: GuestConfigText, key: string): boolean {
  return (
    entries
      .find(([one]) => one === key)?.[1]
      .split(',')
      .includes('backup=1') ?? false
  );
}
