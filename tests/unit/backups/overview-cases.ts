import { overviewOf } from '../../../electron/services/backups/overview/overview.ts';
import type { OverviewFacts } from '../../../electron/services/backups/overview/overview-facts.ts';
import type { Manifest } from '../../../shared/schemas/backup-manifest.ts';
import type { Coverage, CoverageReasonCode } from '../../../shared/schemas/backup-overview.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import type { ProblemCode } from '../../../shared/problem.ts';
import {
  agentsOf,
  archivesOf,
  failedRun,
  gigabyte,
  guestOf,
  hour,
  iso,
  manifestOf,
  policyOf,
  recordOf,
  ruleOf,
} from '../../rig/backups/made-backups.ts';

export type Facts = OverviewFacts & { readonly manifest: Manifest };

const guest = guestOf(100);

/** One guest with a backup of each of the last seven nights, copied, with an agent, all of it seen an hour ago. */
export function goodFacts(now: number): Facts {
  const lastNight = Math.floor(now / (24 * hour)) * 24 * hour + 2.5 * hour;
  const records = [6, 5, 4, 3, 2, 1, 0].map((days) => recordOf(guest, lastNight - days * 24 * hour));
  return {
    now: new Date(now),
    records,
    policy: policyOf(),
    agents: agentsOf(now),
    totals: [],
    manifest: manifestOf(now - 2 * hour, {
      guests: [guest],
      archives: records.flatMap((record) => archivesOf(record)),
    }),
  };
}

/** The row of guest 100. */
export function rowOf(facts: OverviewFacts): Coverage {
  const found = overviewOf(facts).rows.find((row) => row.guest.vmid === 100);
  if (found === undefined) throw new Error('there is no row of guest 100');
  return found;
}

export function codesOf({ reasons }: Coverage): CoverageReasonCode[] {
  return reasons.map(({ code }) => code);
}

type Change = (facts: Facts) => Facts;

/** What makes each reason of facts that are in order. Several of them may be done to the same facts, in any order. */
export const failures: Readonly<Record<CoverageReasonCode, Change>> = {
  NOT_IN_POLICY: (facts) => ({ ...facts, policy: policyOf([ruleOf({ guests: ['tapia/300'] })]) }),
  NEVER_BACKED_UP: (facts) => ({ ...withManifest(facts, { archives: [] }), records: [] }),
  LATE: (facts) => ({ ...facts, records: facts.records.slice(0, 3), manifest: keepArchives(facts, 3) }),
  LAST_RUN_FAILED: withRun({}),
  LAST_RUN_CUT_OFF: withRun({ outcome: 'cut-off' }),
  GUEST_LOCKED: withProblem('GUEST_LOCKED', 'baobab/100 is locked (snapshot).'),
  GUEST_MOVED: withProblem('GUEST_MOVED', 'baobab/100 is on tapia now.'),
  STORAGE_FULL: withProblem('STORAGE_FULL', 'nas is full.'),
  STORAGE_GONE: (facts) =>
    withManifest(facts, {
      nodes: facts.manifest.nodes.map((node) => ({
        ...node,
        storages: node.storages.map((storage) => ({ ...storage, active: false })),
      })),
    }),
  ARCHIVE_GONE: (facts) =>
    withManifest(facts, {
      archives: facts.manifest.archives.filter(({ id }) => id !== `storage:nas#${newest(facts)?.archive}`),
    }),
  ARCHIVE_SIZE_DIFFERS: (facts) =>
    withManifest(facts, {
      archives: facts.manifest.archives.map((one) =>
        one.id === `storage:nas#${newest(facts)?.archive}` ? { ...one, sizeBytes: one.sizeBytes - 1 } : one,
      ),
    }),
  ARCHIVE_PARTIAL: (facts) => {
    const [half] = archivesOf(recordOf(guest, facts.now.getTime() - 90 * hour), {
      partial: true,
      standardName: false,
    });
    if (half === undefined) return facts;
    const dat = { ...half, id: `${half.id}.dat`, name: `${half.name}.dat` };
    return withManifest(facts, { archives: [...facts.manifest.archives, dat] });
  },
  NOT_VERIFIED: (facts) => ({ ...facts, records: changed(facts, { files: [] }) }),
  CHECKSUM_DIFFERS: withCheck('checksum', 'storage:nas'),
  ARCHIVE_CORRUPT: withCheck('structure', 'storage:nas'),
  COPY_MISSING: (facts) => ({
    ...withManifest(facts, {
      archives: facts.manifest.archives.filter(({ place }) => place !== 'target:offsite'),
    }),
    records: changed(facts, { copies: [] }),
  }),
  COPY_FAILED: withCopyProblem('COPY_FAILED'),
  COPY_DIFFERS: withCopyProblem('COPY_MISMATCH'),
  TARGET_UNREACHABLE: withTarget('unreachable'),
  TARGET_UNMOUNTED: withTarget('unmounted'),
  PRUNE_FAILED: (facts) => ({
    ...facts,
    records: changed(facts, { pruneFailed: 'missing Datastore.Prune' }),
  }),
  RESTORE_TEST_FAILED: withCheck('restore-test', 'storage:nas'),
  RESTORE_TEST_DUE: (facts) => ({
    ...facts,
    policy: policyOf([ruleOf({ restoreTest: { everyDays: 30, waitSeconds: 300 } })]),
  }),
  NODE_SILENT: withNode({
    state: 'silent',
    problem: {
      code: 'SSH_UNREACHABLE',
      what: 'Nothing answers at baobab.',
      state: 'Nothing was asked.',
      next: 'Look at its cable.',
    },
  }),
  NODE_NOT_PROXMOX: withNode({ state: 'not-proxmox', other: 'libvirt' }),
  MANIFEST_OLD: (facts) => withManifest(facts, { at: iso(facts.now.getTime() - 30 * hour) }),
  CLOCK_SKEWED: withNode({ clockSkewSeconds: 7200 }),
  DISKS_EXCLUDED: (facts) => withManifest(facts, { guests: [{ ...guest, excludedDisks: ['scsi1'] }] }),
  SIZE_FELL: (facts) => {
    const last = newest(facts);
    return {
      ...withManifest(facts, {
        archives: facts.manifest.archives.map((one) =>
          one.name === last?.archive ? { ...one, sizeBytes: gigabyte } : one,
        ),
      }),
      records: changed(facts, { sizeBytes: gigabyte }),
    };
  },
  WARNINGS: (facts) => ({ ...facts, records: changed(facts, { warnings: ['WARN: no guest agent'] }) }),
  AGENT_MISSING: withAgent({ state: 'absent' }),
  AGENT_OUTDATED: withAgent({ state: 'foreign' }),
  AGENT_SILENT: withAgent({ state: 'silent' }),
  RUN_UNFINISHED: (facts) => ({
    ...withManifest(facts, {
      archives: facts.manifest.archives.filter(({ place }) => place !== 'target:offsite'),
    }),
    records: changed(facts, { copies: [{ target: 'offsite', state: 'pending' }] }),
  }),
};

function newest({ records }: Facts): BackupRecord | undefined {
  return records.findLast(({ outcome }) => outcome === 'made');
}

/** The newest backup, changed. */
function changed(facts: Facts, change: Partial<BackupRecord>): BackupRecord[] {
  const last = newest(facts);
  return facts.records.map((record) => (record === last ? { ...record, ...change } : record));
}

function withManifest(facts: Facts, change: Partial<Manifest>): Facts {
  return { ...facts, manifest: { ...facts.manifest, ...change } };
}

function keepArchives(facts: Facts, backups: number): Manifest {
  const names = new Set(facts.records.slice(0, backups).map(({ archive }) => archive));
  return { ...facts.manifest, archives: facts.manifest.archives.filter(({ name }) => names.has(name)) };
}

function withRun(change: Partial<BackupRecord>): Change {
  return (facts) => ({
    ...facts,
    records: [...facts.records, failedRun(guest, facts.now.getTime() - hour, change)],
  });
}

function withProblem(code: ProblemCode, what: string): Change {
  return withRun({ problem: { code, what, state: 'There is no new archive.', next: 'Mend it.' } });
}

function withCheck(kind: BackupRecord['checks'][number]['kind'], place: string): Change {
  return (facts) => {
    const last = newest(facts);
    const check = {
      at: iso(facts.now.getTime() - hour),
      kind,
      place,
      outcome: 'failed',
      detail: 'It is not right.',
    } as const;
    return { ...facts, records: changed(facts, { checks: [...(last?.checks ?? []), check] }) };
  };
}

function withCopyProblem(code: ProblemCode): Change {
  return (facts) => ({
    ...withManifest(facts, {
      archives: facts.manifest.archives.filter(({ place }) => place !== 'target:offsite'),
    }),
    records: changed(facts, {
      copies: [
        {
          target: 'offsite',
          state: 'failed',
          problem: { code, what: 'It did not arrive.', state: 'Nothing is there.', next: 'Run it again.' },
        },
      ],
    }),
  });
}

function withTarget(state: 'unreachable' | 'unmounted'): Change {
  return (facts) =>
    withManifest(facts, {
      targets: [{ target: 'offsite', kind: 's3', state }],
      archives: facts.manifest.archives.filter(({ place }) => place !== 'target:offsite'),
    });
}

function withNode(change: Partial<Manifest['nodes'][number]>): Change {
  return (facts) =>
    withManifest(facts, {
      nodes: facts.manifest.nodes.map((node) => (node.node === 'baobab' ? { ...node, ...change } : node)),
    });
}

function withAgent(change: Parameters<typeof agentsOf>[1]): Change {
  return (facts) => ({ ...facts, agents: agentsOf(facts.now.getTime(), change) });
}
