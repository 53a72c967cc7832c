import type { ManifestTarget } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupTarget } from '../../../../shared/schemas/backup-policy.ts';
import type { Problem } from '../../../../shared/problem.ts';
import { targetsSetUp } from './lab-targets.ts';
import { type DoorParts, orProblem, type TargetDoors } from './target-doors.ts';
import { whyNotUsed } from './target-mark.ts';
import { targetUnmounted } from './target-problems.ts';
import { folderMissing } from './folder/folder-problems.ts';

/** No lab has it, so no mark is of it. */
const noLab = '00000000-0000-4000-8000-000000000000';

/**
 * A target as it is now. Of a folder on several nodes, one that has it is enough; the others are named in the problem, as
 * nothing is copied from them.
 */
export async function lookAtTarget(
  { lab }: Pick<DoorParts, 'lab'>,
  name: string,
  target: BackupTarget,
  doors: TargetDoors,
  signal: AbortSignal,
): Promise<ManifestTarget> {
  const file = await targetsSetUp(lab);
  const setUp = file !== undefined && Object.hasOwn(file.targets, name);
  const owner = { target: name, lab: file?.lab ?? noLab, setUp };
  const looks = await Promise.all(
    doors.ways.map((way) =>
      orProblem(() =>
        doors.enter(way, owner.lab, async (place) => {
          const look = await place.look(signal);
          if (look === undefined) return { way, why: folderMissing(name, place.where) };
          const why = await whyNotUsed(place, owner, signal);
          return { way, ...look, ...(why === undefined ? {} : { why }) };
        }),
      ),
    ),
  );
  const problems = looks.flatMap((look) =>
    'problem' in look ? [look.problem] : 'why' in look.value ? [look.value.why] : [],
  );
  const ready = looks.flatMap((look) => ('value' in look && !('why' in look.value) ? [look.value] : []));
  const about = { target: name, kind: target.kind };
  const [first] = ready;
  if (first !== undefined && setUp) {
    const problem = problems.length === 0 ? undefined : partly(name, problems);
    return {
      ...about,
      state: 'ready',
      ...('availableBytes' in first && first.availableBytes !== undefined
        ? { availableBytes: first.availableBytes }
        : {}),
      ...(problem === undefined ? {} : { problem: problem.toRecord() }),
    };
  }
  // What was looked at tells more than what could not be.
  const problem = problems.find(({ code }) => code.startsWith('TARGET_UNMOUNTED')) ?? problems[0];
  const other = problems.find(({ code }) => code === 'TARGET_OTHER');
  const shown = other ?? problem;
  return {
    ...about,
    state: stateOf(shown, setUp),
    ...(shown === undefined ? {} : { problem: shown.toRecord() }),
  };
}

function stateOf(problem: Problem | undefined, setUp: boolean): ManifestTarget['state'] {
  if (problem?.code === 'TARGET_OTHER') return 'unmounted';
  if (problem !== undefined && problem.code !== 'TARGET_UNMOUNTED') return 'unreachable';
  return setUp ? 'unmounted' : 'not-set-up';
}

/** Some nodes have it and some have not. */
function partly(name: string, problems: readonly Problem[]): Problem {
  const [first] = problems;
  const why = problems.map(({ data }) => data.what.replace(/\.$/, '')).join('; ');
  return targetUnmounted(name, {
    why: `not every node has it: ${why}`,
    next: first?.data.next ?? 'See that it is mounted on every node.',
  });
}
