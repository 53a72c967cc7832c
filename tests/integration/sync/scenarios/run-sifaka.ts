import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../../electron/services/clock.ts';
import { initRoots } from '../../../../electron/services/sync/engine/open-roots.ts';
import { takeFileLock } from '../../../../electron/services/sync/lock/file-lock.ts';
import { runSync } from '../../../../electron/services/sync/runs/run-sync.ts';
import { openAuditStore } from '../../../../electron/services/sync/store/open-audit-store.ts';
import { asProblem, problemExitCodes, type ProblemCode } from '../../../../shared/problem.ts';
import { type SyncRequest, syncRequestSchema } from '../../../../shared/schemas/sync-request.ts';
import type { SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import type { Ended, Hazard } from './hazard.ts';
import type { World } from './world.ts';

const pair = 'hazard';

/** Marks both sides, as `sifaka sync init` does. */
export async function initPair({ a, b }: World): Promise<void> {
  await initRoots({ src: a.path, dest: b.path, pair, now: new Date() });
}

/** One pass; the problem with which it ended instead, or with. */
export async function passOf(
  { folder, a, b }: World,
  direction: 'a→b' | 'b→a',
  options: Partial<SyncRequest> = {},
): Promise<{ readonly report?: SyncRunReport; readonly problem?: ProblemCode }> {
  const logDir = join(folder, 'log');
  mkdirSync(logDir, { recursive: true });
  const [src, dest] = direction === 'a→b' ? [a.path, b.path] : [b.path, a.path];
  const request = syncRequestSchema.parse({
    src,
    dest,
    pair,
    direction: direction === 'a→b' ? 'a-to-b' : 'b-to-a',
    logDir,
    ...options,
  });
  const ports = {
    clock: systemClock,
    takeLock: takeFileLock,
    hasDatabase: false,
    openStore: (at: string) => openAuditStore({ logDir: at, clock: systemClock }),
    hostName: 'rig',
  };
  try {
    const { report } = await runSync(request, ports, { signal: new AbortController().signal });
    return { report, ...(report.problem === undefined ? {} : { problem: report.problem.code }) };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return { problem: problem.code };
  }
}

/** Both passes, as the peers have them. */
export async function runSifaka(world: World, hazard: Hazard): Promise<Ended> {
  const rows: string[] = [];
  const notices: string[] = [];
  let problem: ProblemCode | undefined;
  for (const direction of hazard.onlyForth === true ? (['a→b'] as const) : (['a→b', 'b→a'] as const)) {
    const pass = await passOf(world, direction, {
      deleteMissing: hazard.deletions === true && direction === 'a→b',
      checksum: hazard.checksum === true,
    });
    problem ??= pass.problem;
    for (const row of pass.report?.operations ?? []) {
      const words = [direction, row.operation, row.kind, row.filepath, row.reason];
      if (row.conflict) words.push('conflict');
      if (row.trashed) words.push('trashed');
      if (row.status === 'fail') words.push('fail');
      rows.push(words.join(' '));
    }
    for (const { kind, filepath } of pass.report?.notices ?? [])
      notices.push(`${direction} ${kind} ${filepath}`);
  }
  return {
    clean: problem === undefined,
    exit: `exit ${problem === undefined ? 0 : problemExitCodes[problem]}`,
    says: notices.join('\n'),
    rows: rows.toSorted(),
    notices: notices.toSorted(),
    ...(problem === undefined ? {} : { problem }),
  };
}
