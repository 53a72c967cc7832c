import type { CoverageReasonCode, CoverageState } from '../../../../shared/schemas/backup-overview.ts';

type ReasonState = Exclude<CoverageState, 'good' | 'excluded'>;

/**
 * What each reason makes of a guest's state, and why. `bad`: a restore tonight would fail, or would bring back what is older
 * than the policy allows, or every next backup will fail. `unknown`: nobody can say. `warning`: it can be restored, and
 * something is not as the policy wants it. No reason is `good`.
 */
export const reasonStates: Readonly<Record<CoverageReasonCode, { state: ReasonState; why: string }>> = {
  NOT_IN_POLICY: { state: 'bad', why: 'nothing backs it up, and nobody has said that this is fine' },
  NEVER_BACKED_UP: { state: 'bad', why: 'there is nothing that it could be restored from' },
  LATE: {
    state: 'bad',
    why: 'what could be restored is older than the policy allows, whatever ran or did not',
  },
  LAST_RUN_FAILED: { state: 'warning', why: 'the backup before still stands until its window ends' },
  LAST_RUN_CUT_OFF: { state: 'warning', why: 'the backup before still stands until its window ends' },
  GUEST_LOCKED: {
    state: 'warning',
    why: 'no backup can be made while the lock is there; the last one stands',
  },
  GUEST_MOVED: {
    state: 'warning',
    why: 'its last run looked for it on another node; the last backup stands',
  },
  STORAGE_FULL: { state: 'bad', why: 'every next backup fails until there is room' },
  STORAGE_GONE: { state: 'bad', why: 'nothing can be restored from there, and nothing backed up to it' },
  ARCHIVE_GONE: { state: 'bad', why: 'the newest backup was made and is not there any more' },
  ARCHIVE_SIZE_DIFFERS: { state: 'bad', why: 'it is not the file that was made' },
  ARCHIVE_PARTIAL: { state: 'warning', why: 'a run left half an archive; whole ones are beside it' },
  NOT_VERIFIED: {
    state: 'warning',
    why: 'its bytes were never read, so that nobody knows whether they are right',
  },
  CHECKSUM_DIFFERS: { state: 'bad', why: 'its bytes are not those that were made' },
  ARCHIVE_CORRUPT: { state: 'bad', why: 'the tools that would restore it cannot read it' },
  COPY_MISSING: {
    state: 'warning',
    why: 'the policy wants a copy elsewhere; without it one broken disk takes all',
  },
  COPY_FAILED: { state: 'warning', why: 'the policy wants a copy elsewhere; the archive itself is there' },
  COPY_DIFFERS: {
    state: 'bad',
    why: 'a copy holds other bytes, and a restore from it would bring them back',
  },
  TARGET_UNREACHABLE: {
    state: 'warning',
    why: 'the copies there cannot be seen; the archive itself is there',
  },
  TARGET_UNMOUNTED: { state: 'warning', why: 'the copies there cannot be seen; the archive itself is there' },
  PRUNE_FAILED: { state: 'warning', why: 'the backup is good, but the storage fills up' },
  RESTORE_TEST_FAILED: { state: 'bad', why: 'a guest was made of it and did not come up' },
  RESTORE_TEST_DUE: { state: 'warning', why: 'nobody has lately seen it come up' },
  NODE_SILENT: { state: 'unknown', why: 'its node did not answer' },
  NODE_NOT_PROXMOX: { state: 'unknown', why: 'its node has nothing of Proxmox that could be asked' },
  MANIFEST_OLD: { state: 'unknown', why: 'what was seen is older than what the policy allows for a backup' },
  CLOCK_SKEWED: { state: 'warning', why: 'ages are worked out from times that are wrong' },
  DISKS_EXCLUDED: { state: 'warning', why: 'a restore would not bring these disks back' },
  SIZE_FELL: { state: 'warning', why: 'what shrinks by half may lack half' },
  WARNINGS: { state: 'warning', why: 'there is a backup, and its run was not content with it' },
  AGENT_MISSING: { state: 'warning', why: 'nothing runs its schedule while Sifaka is closed' },
  AGENT_OUTDATED: { state: 'warning', why: 'its node runs another policy than the lab has' },
  AGENT_SILENT: { state: 'warning', why: 'nobody knows whether its schedule runs' },
  RUN_UNFINISHED: { state: 'warning', why: 'its copies are not all made yet' },
};

/** From the best to the worst. */
const severity: readonly CoverageState[] = ['excluded', 'good', 'warning', 'unknown', 'bad'];

/** Negative when `a` is worse. */
export function worstFirst(a: CoverageState, b: CoverageState): number {
  return severity.indexOf(b) - severity.indexOf(a);
}
