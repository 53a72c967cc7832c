import type { NodeFiles } from '../node/node-files.ts';
import { nodeFileFailed } from '../node/node-files.ts';
import { readRecord } from './copy-archive.ts';
import type { TargetPlace } from './target-place.ts';
import { copyMismatch } from './target-problems.ts';
import type { CopyOptions, NodeArchive } from './target-store.ts';

/** 1: the folder it goes to; 2: the folder beside it that it waits in. */
export const stageScript = `umask 077
[ -d "$1" ] || exit 1
[ ! -L "$1/$2" ] || exit 1
mkdir -p -- "$1/$2"
`;

/** 3: what is there in the end: a file of that name, or with 4 = folder all of it. Never over anything. */
export const finishBringScript = `cd -- "$1" || exit 1
sync -- "$2"/* || exit 1
if [ -e "$3" ] || [ -L "$3" ]; then echo "$3 is there already" >&2; exit 1; fi
if [ "$4" = folder ]; then
  mv -n -T -- "$2" "$3" || exit 1
else
  mv -n -T -- "$2/$3" "$3" || exit 1
  rmdir -- "$2"
fi
sync -- .
`;

export const dropScript = `cd -- "$1" || exit 0
[ -L "$2" ] || rm -rf -- "$2"
`;

/**
 * Brings an archive to a folder of a node. Its files come into a folder of their own beside the others, hidden, and have
 * their names only once all of them were compared; what a cut left there is gone on with by the next try.
 */
export async function bringArchive(
  name: string,
  place: TargetPlace,
  folder: string,
  to: string,
  files: NodeFiles,
  { signal, progress }: CopyOptions,
): Promise<NodeArchive> {
  const record = await readRecord(name, place, folder, signal);
  const archive = folder.slice(folder.lastIndexOf('/') + 1);
  const stage = `.sifaka-bring-${archive}`.slice(0, 255);
  await run(stageScript, [to, stage]);
  let before = 0;
  for (const file of record.files) {
    const going = { signal, progress: (done: number) => progress(before + done) };
    const path = `${to}/${stage}/${file.name}`;
    for (;;) {
      const had = (await files.size(path, signal)) ?? 0;
      await place.bring(`${folder}/${file.name}`, { files, path }, file.sizeBytes, going);
      const found = await files.digest(path, file.sizeBytes, signal);
      if (found?.sha256 === file.sha256) break;
      await run(dropScript, [to, stage]);
      if (had === 0) throw copyMismatch(name, file.name);
      await run(stageScript, [to, stage]);
    }
    before += file.sizeBytes;
    progress(before);
  }
  const isFolder = record.method === 'export';
  await run(finishBringScript, [to, stage, archive, isFolder ? 'folder' : 'file']);
  return {
    record,
    node: files.node,
    files: record.files.map(({ name: file, sizeBytes, sha256 }) => ({
      name: file,
      sizeBytes,
      sha256,
      path: isFolder ? `${to}/${archive}/${file}` : `${to}/${file}`,
    })),
  };

  async function run(script: string, parameters: readonly string[]): Promise<void> {
    const { code, stderr } = await files.script(script, parameters, { signal });
    if (code !== 0) throw nodeFileFailed(files.node, 'write', to, stderr);
  }
}
