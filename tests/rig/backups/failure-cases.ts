import type { CoverageReasonCode, CoverageState } from '../../../shared/schemas/backup-overview.ts';

/**
 * What goes wrong with backups, each of which a test makes for real on nodes with stand-ins of Proxmox's programs, and what
 * the guest's row of the dashboard says then. docs/backup-failures.md has a row for each.
 */
export interface FailureCase {
  readonly id: string;
  /** How the test makes it. */
  readonly made: string;
  readonly code: CoverageReasonCode;
  /** In the reason's words, where several cases have the same code. */
  readonly says?: string;
  /** Of the whole row: nothing else is wrong with its guest, except what this brings with it. */
  readonly state: Exclude<CoverageState, 'good' | 'excluded'>;
}

/** Of one guest each, and all of them there at the same time. */
export const standingCases = [
  {
    id: 'never backed up',
    made: 'a guest that has a rule, and that nothing ran for',
    code: 'NEVER_BACKED_UP',
    state: 'bad',
  },
  {
    id: 'in no rule',
    made: 'a guest that no rule of the policy is for',
    code: 'NOT_IN_POLICY',
    state: 'bad',
  },
  {
    id: 'guest locked',
    made: '`lock: migrate` in its configuration, and a run',
    code: 'GUEST_LOCKED',
    says: 'failed. ',
    state: 'warning',
  },
  {
    id: 'lock of a dead run',
    made: 'vzdump, by hand, killed in the middle, and a run',
    code: 'GUEST_LOCKED',
    says: 'failed. ',
    state: 'warning',
  },
  {
    id: 'guest on another node',
    made: 'its configuration moves between the plan and vzdump, which ends with 0 and says nothing',
    code: 'GUEST_MOVED',
    state: 'warning',
  },
  {
    id: 'storage full at 60 %',
    made: 'no space left after 60 % of the guest',
    code: 'STORAGE_FULL',
    state: 'bad',
  },
  {
    id: 'job errors',
    made: 'the file of its disk is removed: vzdump says `ERROR: Backup of VM … failed`, and `job errors`',
    code: 'LAST_RUN_FAILED',
    says: 'cannot determine size of volume',
    state: 'warning',
  },
  {
    id: 'vzdump killed',
    made: 'the worker of vzdump is killed with signal 9 at 30 %',
    code: 'LAST_RUN_FAILED',
    says: 'unexpected control message',
    state: 'warning',
  },
  {
    id: 'half an archive left',
    made: 'vzdump, by hand, killed in the middle, and the lock taken away: its `.dat` stays',
    code: 'ARCHIVE_PARTIAL',
    state: 'warning',
  },
  {
    id: 'no Finished line',
    made: 'a vzdump whose line `Finished Backup` never comes, with an archive and exit code 0',
    code: 'LAST_RUN_FAILED',
    says: 'does not say that it finished',
    state: 'warning',
  },
  {
    id: 'success without an archive',
    made: 'vzdump says `Finished Backup`, and the archive is not there',
    code: 'LAST_RUN_FAILED',
    says: 'does not list the archive',
    state: 'warning',
  },
  {
    id: 'listed with another size',
    made: 'the storage lists the archive with 4096 bytes too many',
    code: 'LAST_RUN_FAILED',
    says: 'lists the archive with',
    state: 'warning',
  },
  {
    id: 'WARN line',
    made: 'a task that ends with `WARNINGS: 1`',
    code: 'WARNINGS',
    says: 'efidisk',
    state: 'warning',
  },
  {
    id: 'not notified',
    made: '`could not notify via target` after the archive was made',
    code: 'WARNINGS',
    says: 'could not notify',
    state: 'warning',
  },
  {
    id: 'prune not allowed',
    made: 'vzdump prunes by itself, and lacks `Datastore.Prune`',
    code: 'PRUNE_FAILED',
    says: 'missing Datastore',
    state: 'warning',
  },
  {
    id: 'prune failed',
    made: 'vzdump prunes by itself, and the older archive cannot be removed',
    code: 'PRUNE_FAILED',
    says: 'Permission denied',
    state: 'warning',
  },
  {
    id: 'power cut',
    made: 'the node loses its power in the middle of a run, and boots',
    code: 'LAST_RUN_CUT_OFF',
    state: 'warning',
  },
  {
    id: 'disk left out',
    made: '`backup=0` at a disk',
    code: 'DISKS_EXCLUDED',
    state: 'warning',
  },
  {
    id: 'size fell',
    made: 'two backups of 4 MiB, and one of 1 MiB',
    code: 'SIZE_FELL',
    state: 'warning',
  },
  { id: 'archive gone', made: 'the file is removed', code: 'ARCHIVE_GONE', state: 'bad' },
  { id: 'archive renamed', made: 'the file gets a name without a date', code: 'ARCHIVE_GONE', state: 'bad' },
  {
    id: 'archive cut short',
    made: 'the file loses its last 7 bytes',
    code: 'ARCHIVE_SIZE_DIFFERS',
    state: 'bad',
  },
  {
    id: 'one byte changed',
    made: 'a byte of the archive is flipped, and it is verified',
    code: 'CHECKSUM_DIFFERS',
    state: 'bad',
  },
  {
    id: 'archive that no tool can read',
    made: 'an archive that vzdump made by hand, a byte of which is flipped, is verified',
    code: 'ARCHIVE_CORRUPT',
    state: 'bad',
  },
  {
    id: 'archive that nobody read',
    made: 'vzdump, by hand: an archive without any digest',
    code: 'NOT_VERIFIED',
    state: 'warning',
  },
  {
    id: 'archive of the future',
    made: 'an archive whose name is two days ahead',
    code: 'CLOCK_SKEWED',
    state: 'warning',
  },
  {
    id: 'copy gone',
    made: 'its copy is removed at the target',
    code: 'COPY_MISSING',
    state: 'warning',
  },
  {
    id: 'copy failed',
    made: 'a file stands at the target where its folder should be',
    code: 'COPY_FAILED',
    state: 'warning',
  },
  {
    id: 'copy cut short',
    made: 'its copy loses its last 7 bytes at the target',
    code: 'COPY_DIFFERS',
    state: 'bad',
  },
  {
    id: 'one byte of a copy changed',
    made: 'a byte of its copy is flipped, and it is verified',
    code: 'COPY_DIFFERS',
    state: 'bad',
  },
  {
    id: 'target unreachable',
    made: 'an S3 server at whose port nothing listens',
    code: 'TARGET_UNREACHABLE',
    state: 'warning',
  },
  {
    id: 'NAS unmounted',
    made: 'the folder of the target is unmounted on its node, so that its mark is missing',
    code: 'TARGET_UNMOUNTED',
    state: 'warning',
  },
  {
    id: 'restore test failed',
    made: 'a guest is made of its archive, and does not start',
    code: 'RESTORE_TEST_FAILED',
    state: 'bad',
  },
  {
    id: 'restore test due',
    made: 'a rule that wants one every 7 days, and none was made',
    code: 'RESTORE_TEST_DUE',
    state: 'warning',
  },
  {
    id: 'no such storage',
    made: 'its rule names a storage that its node does not have',
    code: 'STORAGE_GONE',
    state: 'bad',
  },
  {
    id: 'agent missing',
    made: 'a rule with a schedule, on a node without the agent',
    code: 'AGENT_MISSING',
    says: 'has no agent',
    state: 'warning',
  },
  {
    id: 'agent outdated',
    made: 'a rule with a schedule, on a node whose agent has the configuration of another policy',
    code: 'AGENT_OUTDATED',
    state: 'warning',
  },
  {
    id: 'agent silent',
    made: 'a rule with a schedule, on a node whose sshd was dead when agents were asked',
    code: 'AGENT_SILENT',
    state: 'warning',
  },
] as const satisfies readonly FailureCase[];

/** Of everything: each is made, looked at, and taken back, one after another. */
export const passingCases = [
  {
    id: 'discovery old',
    made: 'a discovery 27 h ago, and a run since',
    code: 'MANIFEST_OLD',
    state: 'unknown',
  },
  { id: 'no policy', made: 'backups/policy.yaml is removed', code: 'NOT_IN_POLICY', state: 'bad' },
  { id: 'late', made: 'the clock goes on by 30 h, and nothing runs', code: 'LATE', state: 'bad' },
  { id: 'clock of a node wrong', made: 'its clock is 2 h ahead', code: 'CLOCK_SKEWED', state: 'warning' },
  {
    id: 'storage inactive',
    made: 'no node has the storage active',
    code: 'STORAGE_GONE',
    state: 'bad',
  },
  {
    id: 'storage not for backups',
    made: 'storage.cfg says `content iso` for it',
    code: 'STORAGE_GONE',
    state: 'bad',
  },
  {
    id: 'storage too small',
    made: 'less is free than the last backup took',
    code: 'STORAGE_FULL',
    state: 'bad',
  },
  { id: 'node silent', made: 'the node is switched off', code: 'NODE_SILENT', state: 'unknown' },
  {
    id: 'node that talks nonsense',
    made: 'its `pvesh` and `qm` answer with half of a list',
    code: 'NODE_SILENT',
    state: 'unknown',
  },
  {
    id: 'node without Proxmox',
    made: "all of Proxmox's programs are removed from it",
    code: 'NODE_NOT_PROXMOX',
    state: 'unknown',
  },
] as const satisfies readonly FailureCase[];

export const failureCases: readonly FailureCase[] = [...standingCases, ...passingCases];

export type StandingCase = (typeof standingCases)[number]['id'];
export type PassingCase = (typeof passingCases)[number]['id'];
