import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../../shared/problem.ts';
import type { BackupTarget } from '../../../../shared/schemas/backup-policy.ts';
import { markFile } from './archive-layout.ts';
import { folderMissing } from './folder/folder-problems.ts';
import { changeTargets, targetsSetUp } from './lab-targets.ts';
import { orProblem, type TargetDoors } from './target-doors.ts';
import { lookForMark, markText, whyNotUsed } from './target-mark.ts';
import type { TargetPlace } from './target-place.ts';
import { copyMismatch, targetOther, targetRefused, targetUnmounted } from './target-problems.ts';
import type { StoreParts } from './create-target-store.ts';

/**
 * Puts the mark of this lab and target where nobody's is. Then, and only then, the lab knows the target as set up: from
 * there on a place without the mark is not the target any more, and does not become it by doing this again.
 * TARGET_OTHER, TARGET_UNMOUNTED, TARGET_REFUSED, TARGET_UNREACHABLE.
 */
export async function setUpTarget(
  { lab, clock }: StoreParts,
  name: string,
  target: BackupTarget,
  doors: TargetDoors,
  signal: AbortSignal,
): Promise<void> {
  const known = await targetsSetUp(lab);
  const setUp = known !== undefined && Object.hasOwn(known.targets, name);
  const labId = known?.lab ?? (await newLabId());
  const owner = { target: name, lab: labId, setUp };

  let usable: string | undefined;
  let isFound = false;
  let isMarked = false;
  let first: Problem | undefined;
  for (const way of doors.ways) {
    const looked = await orProblem(() => doors.enter(way, labId, (place) => look(place)));
    if ('problem' in looked) {
      if (looked.problem.code === 'TARGET_OTHER') throw looked.problem;
      first ??= looked.problem;
    } else if (!isFound || looked.value === 'ours') {
      usable = way;
      isFound = true;
      isMarked ||= looked.value === 'ours';
    }
  }
  if (!isFound) throw first ?? folderMissing(name, 'It');
  if (!isMarked) {
    await doors.enter(usable, labId, async (place) => {
      await place.write(markFile, markText(owner), signal);
      if ((await lookForMark(place, owner, signal)) !== 'ours') throw copyMismatch(name, markFile);
    });
  }
  const at = clock.now().toISOString();
  await changeTargets(
    lab,
    (now) => {
      if (now !== undefined && Object.hasOwn(now.targets, name)) return now;
      return { ...requireLab(now, labId), targets: { ...now?.targets, [name]: { at } } };
    },
    { project: 'backups', summary: `Set up the backup target ${name} (${target.kind})` },
  );

  /** Whether the mark is there already, or may be put there. */
  async function look(place: TargetPlace): Promise<'ours' | 'none'> {
    const found = await place.look(signal);
    if (found === undefined) throw folderMissing(name, place.where);
    const mark = await lookForMark(place, owner, signal);
    if (mark === 'ours') return mark;
    if (mark !== 'none') throw targetOther(name, place.where, mark.whose);
    const why = setUp ? await whyNotUsed(place, owner, signal) : undefined;
    if (why !== undefined) throw why;
    if (target.server !== undefined && found.onRoot === true) throw nothingMounted(name, place.where);
    return 'none';
  }

  /** Written before any mark has it, so that no mark is left that nobody can tell whose it is. */
  async function newLabId(): Promise<string> {
    const file = await changeTargets(
      lab,
      (now) => now ?? { schema: 'sifaka.backup-targets/1', lab: randomUUID(), targets: {} },
      { project: 'backups', summary: 'Gave the lab an id, which the marks of its backup targets have' },
    );
    return file.lab;
  }

  function requireLab<File extends { lab: string }>(now: File | undefined, id: string): File {
    if (now?.lab === id) return now;
    throw targetRefused(name, {
      why: 'backups/targets.json of the lab was changed meanwhile',
      next: 'Set it up again.',
    });
  }
}

function nothingMounted(name: string, where: string): Problem {
  return targetUnmounted(name, {
    why: `${where} lies on the disk that the system runs from: no NAS is mounted there`,
    next: 'Mount the share. A folder that is to be on that disk has no `server` in the cluster file.',
  });
}
