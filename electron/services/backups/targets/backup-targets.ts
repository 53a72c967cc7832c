import type { ManifestTarget } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupServiceParts } from '../parts.ts';
import { createTargetStore } from './create-target-store.ts';
import { definedTarget, definedTargets } from './lab-targets.ts';
import { doorsTo, orProblem } from './target-doors.ts';
import type { TargetStore } from './target-store.ts';

/** The targets of the cluster file. */
export interface BackupTargets {
  /** TARGET_UNKNOWN; SECRET_… when its keys cannot be opened. */
  open(name: string): Promise<TargetStore>;
  names(): Promise<string[]>;
  /** All of them as they are now; one that cannot be opened is in it with its problem. */
  look(signal: AbortSignal): Promise<ManifestTarget[]>;
  init(name: string, signal: AbortSignal): Promise<ManifestTarget>;
}

export function createBackupTargets(
  parts: Pick<BackupServiceParts, 'lab' | 'ssh' | 'secrets' | 'clock'>,
): BackupTargets {
  async function open(name: string): Promise<TargetStore> {
    const target = await definedTarget(parts.lab, name);
    return createTargetStore(parts, name, target, await doorsTo(parts, name, target));
  }
  return {
    open,
    names: async () => [...(await definedTargets(parts.lab)).keys()],
    async look(signal) {
      const targets = [...(await definedTargets(parts.lab))];
      return Promise.all(
        targets.map(async ([name, { kind }]): Promise<ManifestTarget> => {
          const looked = await orProblem(async () => (await open(name)).check(signal));
          if ('value' in looked) return looked.value;
          return { target: name, kind, state: 'unreachable', problem: looked.problem.toRecord() };
        }),
      );
    },
    init: async (name, signal) => (await open(name)).init(signal),
  };
}
