import { Problem } from '../../../../shared/problem.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ssh } from '../../ssh/ssh.ts';

const pathScript = `LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
exec pvesm path "$1"
`;

/** Beside a file, or in a folder; whole, or not at all. */
const besideScript = `LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
set -e
if [ -d "$1" ]; then to=$1/sifaka-backup.json; else [ -f "$1" ] || exit 44; to=$1.sifaka.json; fi
cat >"$to.new"
sync "$to.new"
mv -fT "$to.new" "$to"
sync "\${to%/*}"
`;

const limits = { milliseconds: 60_000, bytes: 64 * 1024 };

type Archive = Pick<BackupRecord, 'storage' | 'archive' | 'volid'>;

/**
 * Where a node has an archive of one of its storages, by the storage's own word: an absolute path that ends with the archive's
 * name. An export is no volume; its folder lies beside the archives. ARCHIVE_GONE, and the problems of `Ssh.run`.
 */
export async function archivePath(
  ssh: Ssh,
  destination: Destination,
  { storage, archive, volid }: Archive,
  signal: AbortSignal,
): Promise<string> {
  if (archive === undefined) throw new Error('a backup that was made has an archive');
  // `pvesm path` names the place of whatever could be there; nothing has to be.
  const asked = volid ?? `${storage}:backup/vzdump-qemu-100-2000_01_01-00_00_00.vma.zst`;
  const { code, stdout, stderr } = await ssh.run(destination, shellScript(pathScript, asked), {
    signal,
    limits,
  });
  // Warnings may come before the answer.
  const said = stdout.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  const folder = said.slice(0, said.lastIndexOf('/'));
  const path = `${folder}/${archive}`;
  const isWhole =
    code === 0 && said.startsWith('/') && !/\p{Cc}|\/\.\.?\//u.test(path) && path.length <= 4096;
  if (isWhole && (volid === undefined || path === said)) return path;
  throw new Problem('ARCHIVE_GONE', {
    what: `${destination.host} does not say where ${onOneLine(archive, 200)} is${
      stderr.length === 0 ? '' : `: ${onOneLine(stderr.toString('utf8'), 200)}`
    }.`,
    state: 'Nothing was read or copied.',
    next: `See that the storage ${storage} is there on ${destination.host}: pvesm status`,
  });
}

/** A copy of a backup's record beside its archive. ARCHIVE_GONE, and the problems of `Ssh.run`. */
export async function writeRecordBeside(
  ssh: Ssh,
  destination: Destination,
  path: string,
  record: BackupRecord,
  signal: AbortSignal,
): Promise<void> {
  const command = { argv: ['/bin/sh', '-c', besideScript, 'sifaka-backup', path] as const };
  const input = `${JSON.stringify(record, undefined, 2)}\n`;
  const { code, stderr } = await ssh.run(destination, { ...command, input }, { signal, limits });
  if (code === 0) return;
  throw new Problem('ARCHIVE_GONE', {
    what: `The record could not be written beside ${onOneLine(path, 300)} on ${destination.host}: ${
      onOneLine(stderr.toString('utf8'), 200) || 'it is not there any more'
    }.`,
    state: 'The lab has the record.',
    next: `See that its storage can be written on ${destination.host}.`,
  });
}
