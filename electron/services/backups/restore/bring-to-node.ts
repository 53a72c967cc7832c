import { Problem } from '../../../../shared/problem.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { FileOnNode } from '../archives/archive-on-node.ts';
import { targetOf } from '../archives/known-archives.ts';
import type { ReadOptions } from '../archives/read-on-node.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { BackupParts } from '../parts.ts';
import type { GuestNode } from './guest-commands.ts';

/**
 * A folder of this restore's own beside the archives of a storage: Proxmox lists nothing of it, and no archive there has the
 * same name. What restores that are over left of such folders goes. Arguments: storage, this restore's id, ids that are over.
 */
const folderScript = String.raw`
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
said=$(pvesm path "$1:backup/vzdump-qemu-100-2000_01_01-00_00_00.vma.zst" </dev/null) || exit 1
case $said in
/*) ;;
*) exit 1 ;;
esac
dump=${'$'}{said%/*}
folder=$dump/.sifaka-restore-$2
shift 2
for over; do
	old=$dump/.sifaka-restore-$over
	# A restore that still knows of it may read from it.
	if [ -d "$old" ] && [ ! -L "$old" ] && [ ! -d "/var/lib/sifaka/backups/restores/$over" ]; then rm -rf -- "$old"; fi
done
mkdir -p -- "$dump" && mkdir -- "$folder" || exit 1
df -P -k -- "$folder" | awk 'NR == 2 { printf "free %.0f\n", $4 * 1024 }'
echo "folder $(printf %s "$folder" | base64 | tr -d '\n')"
echo end
`;

const dropScript = `case $1 in
/*/.sifaka-restore-*) [ -L "$1" ] || rm -rf -- "$1" ;;
esac
`;

const limits = { milliseconds: 120_000, bytes: 64 * 1024 };

export interface Brought {
  readonly file: FileOnNode;
  /** Removes it there again. */
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * Brings an archive from a target to a node, compared, for the time of a restore. STORAGE_UNUSABLE, STORAGE_FULL, and those of
 * `TargetStore.bringTo`.
 */
export async function bringToNode(
  parts: Pick<BackupParts, 'targets' | 'jobs'>,
  node: GuestNode,
  archive: Archive,
  { id, storage }: { readonly id: string; readonly storage: string },
  { signal, progress }: ReadOptions,
): Promise<Brought> {
  const target = targetOf(archive.place);
  if (target === undefined) throw new Error('an archive of a target');
  const over = (await parts.jobs.list())
    .filter(({ kind, state }) => state !== 'running' && kind.startsWith('backup-restore'))
    .map((job) => job.id);
  const { code, stdout, stderr } = await node.ssh.run(
    node.destination,
    shellScript(folderScript, storage, id, ...over.slice(0, 500)),
    { signal, limits },
  );
  const text = stdout.toString('latin1');
  const encoded = /^folder ([A-Za-z0-9+/=]+)$/m.exec(text)?.[1];
  const folder = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  if (
    code !== 0 ||
    folder === undefined ||
    !folder.startsWith('/') ||
    !folder.endsWith(`/.sifaka-restore-${id}`)
  )
    throw unusable(node.node, storage, stderr);
  const remove = async (still: AbortSignal) => {
    await node.ssh.run(node.destination, shellScript(dropScript, folder), { signal: still, limits });
  };
  try {
    const free = /^free (\d{1,18})$/m.exec(text)?.[1];
    if (free !== undefined && Number(free) < archive.sizeBytes)
      throw full(node.node, storage, Number(free), archive);
    const store = await parts.targets.open(target);
    const brought = await store.bringTo(archive, { node: node.node, folder }, { signal, progress });
    const [file, ...others] = brought.files;
    if (file === undefined || others.length > 0) throw new Error('a vzdump archive is one file');
    const changed = await node.ssh.run(
      node.destination,
      { argv: ['env', 'LC_ALL=C', 'stat', '-c', '%Y', '--', file.path] },
      { signal, limits },
    );
    return {
      file: { ...file, changed: Number(changed.stdout.toString('latin1').trim()) },
      remove,
    };
  } catch (error) {
    await remove(new AbortController().signal).catch(() => undefined);
    throw error;
  }
}

function unusable(node: string, storage: string, stderr: Buffer): Problem {
  return new Problem('STORAGE_UNUSABLE', {
    what: `${node} has no folder for archives on ${storage}: ${onOneLine(stderr.toString('utf8'), 200) || 'it does not say why'}.`,
    state: 'Nothing was changed.',
    next: `Name a storage of ${node} that may hold backups.`,
  });
}

function full(node: string, storage: string, free: number, { sizeBytes }: Archive): Problem {
  return new Problem('STORAGE_FULL', {
    what: `The archive has ${sizeBytes} bytes, and ${storage} on ${node} has ${free} left.`,
    state: 'Nothing was changed.',
    next: 'Make room there first.',
  });
}
