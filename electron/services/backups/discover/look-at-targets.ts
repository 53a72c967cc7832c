import { asProblem } from '../../../../shared/problem.ts';
import type { Archive, ManifestTarget } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupParts } from '../parts.ts';

/** The targets as they are now, and what those hold that could be listed. */
export interface SeenTargets {
  readonly targets: readonly ManifestTarget[];
  readonly archives: readonly Archive[];
  /** Places, as `target:attic`, that were listed as a whole. */
  readonly listed: ReadonlySet<string>;
}

/** All at the same time. One that fails is a state of it; CANCELLED is thrown. */
export async function lookAtTargets(
  { targets }: Pick<BackupParts, 'targets'>,
  signal: AbortSignal,
): Promise<SeenTargets> {
  const looked = await Promise.all(
    (await targets.look(signal)).map((target) => listTarget({ targets }, target, signal)),
  );
  const listed = looked.filter(({ archives }) => archives !== undefined);
  return {
    targets: looked.map(({ target }) => target),
    archives: listed.flatMap(({ archives = [] }) => archives),
    listed: new Set(listed.map(({ target }) => `target:${target.target}`)),
  };
}

async function listTarget(
  { targets }: Pick<BackupParts, 'targets'>,
  target: ManifestTarget,
  signal: AbortSignal,
): Promise<{ target: ManifestTarget; archives?: Archive[] }> {
  if (target.state !== 'ready') return { target };
  try {
    const store = await targets.open(target.target);
    return { target, archives: await store.list(signal) };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { target: { ...target, state: 'unreachable', problem: problem.toRecord() } };
  }
}
