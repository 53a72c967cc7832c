import { asProblem, type Problem } from '../../../../shared/problem.ts';
import type { Archive, ManifestTarget } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupTarget } from '../../../../shared/schemas/backup-policy.ts';
import { zonedTime } from '../../../../shared/zoned-time.ts';
import type { Clock } from '../../clock.ts';
import { archiveFolder, archivesAmong, listedArchive, placeOfArchive } from './archive-layout.ts';
import { bringArchive } from './bring-archive.ts';
import { copyArchive, readRecord } from './copy-archive.ts';
import { targetsSetUp } from './lab-targets.ts';
import { lookAtTarget } from './look-at-target.ts';
import { setUpTarget } from './set-up-target.ts';
import { type DoorParts, filesOf, type TargetDoors } from './target-doors.ts';
import { type Owner, whyNotUsed } from './target-mark.ts';
import type { TargetPlace } from './target-place.ts';
import { archiveGone, targetNotSetUp } from './target-problems.ts';
import type { TargetStore } from './target-store.ts';

export interface StoreParts extends DoorParts {
  readonly clock: Clock;
}

export function createTargetStore(
  parts: StoreParts,
  name: string,
  target: BackupTarget,
  doors: TargetDoors,
): TargetStore {
  async function owner(): Promise<Owner> {
    const file = await targetsSetUp(parts.lab);
    if (file === undefined) throw targetNotSetUp(name, wordsFor(target));
    return { target: name, lab: file.lab, setUp: Object.hasOwn(file.targets, name) };
  }

  /** Works at the target once its mark was seen: through the first of these ways that has it. */
  async function through<Result>(
    ways: readonly (string | undefined)[],
    signal: AbortSignal,
    work: (place: TargetPlace) => Promise<Result>,
  ): Promise<Result> {
    const whose = await owner();
    let first: Problem | undefined;
    for (const way of ways) {
      let isInside = false;
      try {
        return await doors.enter(way, whose.lab, async (place) => {
          const why = await whyNotUsed(place, whose, signal);
          if (why) throw why;
          isInside = true;
          return work(place);
        });
      } catch (error) {
        const problem = asProblem(error);
        // What goes wrong with the work itself is no reason to do it elsewhere.
        if (isInside || problem === undefined || problem.code === 'CANCELLED') throw error;
        first ??= problem;
      }
    }
    throw first ?? targetNotSetUp(name, wordsFor(target));
  }

  /** A folder of nodes is entered on the one that the archive was seen from, where that is possible. */
  function inside<Result>(
    node: string | undefined,
    signal: AbortSignal,
    work: (place: TargetPlace) => Promise<Result>,
  ): Promise<Result> {
    const [first, others] = [
      doors.ways.filter((way) => way === node),
      doors.ways.filter((way) => way !== node),
    ];
    return through([...first, ...others], signal, work);
  }

  function folderOf(archive: Archive): string {
    const place = placeOfArchive(archive);
    const folder = place && archiveFolder(place);
    if (folder === undefined) throw archiveGone(name, archive.name);
    return folder;
  }

  return {
    name,
    kind: target.kind,
    check: (signal): Promise<ManifestTarget> => lookAtTarget(parts, name, target, doors, signal),
    init: async (signal) => {
      await setUpTarget(parts, name, target, doors, signal);
      return lookAtTarget(parts, name, target, doors, signal);
    },

    list: (signal) =>
      inside(undefined, signal, async (place) => {
        const zone = zonedTime(await timeZoneOf(parts));
        const now = parts.clock.now().getTime();
        const found = archivesAmong(await place.list(signal));
        return found.map((archive) => listedArchive(name, place.node, zone, now, archive));
      }),

    copy: (archive, options) =>
      through(target.kind === 'node-folder' ? [archive.node] : [undefined], options.signal, async (place) => {
        const proof = await copyArchive(name, place, archive, await filesOf(parts, archive.node), options);
        return { target: name, state: 'verified', at: parts.clock.now().toISOString(), proof };
      }),

    digests: (archive, { signal, progress }) =>
      inside(archive.node, signal, async (place) => {
        const folder = folderOf(archive);
        const record = await readRecord(name, place, folder, signal);
        const digests = new Map<string, string>();
        let before = 0;
        for (const file of record.files) {
          const going = { signal, progress: (done: number) => progress(before + done) };
          const found = await place.digest(`${folder}/${file.name}`, going);
          if (found === undefined) throw archiveGone(name, `${archive.name}, ${file.name}`);
          digests.set(file.name, found.sha256);
          before += file.sizeBytes;
        }
        return digests;
      }),

    record: (archive, signal) =>
      inside(archive.node, signal, (place) => readRecord(name, place, folderOf(archive), signal)),

    bringTo: (archive, to, options) =>
      inside(to.node, options.signal, async (place) =>
        bringArchive(name, place, folderOf(archive), to.folder, await filesOf(parts, to.node), options),
      ),

    remove: (archive, signal) =>
      inside(archive.node, signal, (place) => place.remove(folderOf(archive), signal)),
  };
}

/** The time of an archive stands in its name by the clocks of its cluster. */
async function timeZoneOf(parts: StoreParts): Promise<string> {
  return (await parts.lab.backupPolicy())?.value.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function wordsFor(target: BackupTarget): string {
  if (target.kind === 's3') return `the bucket ${target.bucket} at ${target.endpoint}`;
  return target.kind === 'local-folder' ? target.path : `${target.path} on the nodes`;
}
