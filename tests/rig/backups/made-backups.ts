import type { Archive, Guest, Manifest, ManifestNode } from '../../../shared/schemas/backup-manifest.ts';
import type { AgentState } from '../../../shared/schemas/backup-plans.ts';
import {
  type BackupPolicy,
  type BackupRule,
  backupPolicySchema,
} from '../../../shared/schemas/backup-policy.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';

/** Files of a lab whose backups are all in order, made of what a test says is not. */

export const hour = 3_600_000;
export const gigabyte = 1e9;

/** Of nodes whose clocks are UTC: `vzdump-qemu-100-2026_11_20-14_00_00.vma.zst`. */
export function archiveName(vmid: number, at: number, type: 'qemu' | 'lxc' = 'qemu'): string {
  const time = new Date(at)
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '_')
    .replace('T', '-')
    .replaceAll(':', '_');
  return `vzdump-${type}-${vmid}-${time}.${type === 'qemu' ? 'vma' : 'tar'}.zst`;
}

export function guestOf(vmid: number, more: Partial<Guest> = {}): Guest {
  return {
    pveCluster: 'madagascar',
    type: 'qemu',
    vmid,
    node: 'baobab',
    name: `guest-${vmid}`,
    status: 'running',
    template: false,
    tags: [],
    excludedDisks: [],
    source: 'pvesh',
    ...more,
  };
}

export function nodeOf(node: string, more: Partial<ManifestNode> = {}): ManifestNode {
  return {
    node,
    state: 'answered',
    pveCluster: 'madagascar',
    version: '8.2.4',
    clockSkewSeconds: 0,
    storages: [
      {
        storage: 'nas',
        type: 'nfs',
        shared: true,
        active: true,
        backups: true,
        totalBytes: 4000 * gigabyte,
        usedBytes: 1000 * gigabyte,
        availableBytes: 3000 * gigabyte,
      },
    ],
    routes: [],
    ...more,
  };
}

/** A backup that was made at `at`, copied to `offsite`, and is of 10 GB unless told. */
export function recordOf(guest: Guest, at: number, more: Partial<BackupRecord> = {}): BackupRecord {
  const name = archiveName(guest.vmid, at, guest.type);
  const sizeBytes = more.sizeBytes ?? 10 * gigabyte;
  return {
    id: uuidOf(guest.vmid, at),
    guest: {
      pveCluster: guest.pveCluster,
      type: guest.type,
      vmid: guest.vmid,
      node: guest.node,
      name: guest.name,
    },
    by: 'agent',
    rule: 'daily',
    method: 'vzdump',
    mode: 'snapshot',
    compress: 'zstd',
    storage: 'nas',
    startedAt: iso(at),
    endedAt: iso(at + 600_000),
    outcome: 'made',
    place: 'storage:nas',
    archive: name,
    volid: `nas:backup/${name}`,
    files: [{ name, sizeBytes, sha256: 'ab'.repeat(32) }],
    sizeBytes,
    warnings: [],
    copies: [{ target: 'offsite', state: 'verified', at: iso(at + 900_000), proof: 'digest' }],
    checks: [],
    ...more,
  };
}

/** A try that made nothing. */
export function failedRun(guest: Guest, at: number, more: Partial<BackupRecord> = {}): BackupRecord {
  const { place, archive, volid, sizeBytes, ...record } = recordOf(guest, at);
  void [place, archive, volid, sizeBytes];
  return {
    ...record,
    files: [],
    copies: [],
    outcome: 'failed',
    problem: {
      code: 'BACKUP_FAILED',
      what: 'vzdump ended with an error.',
      state: 'There is no new archive.',
      next: 'Read the log of the run.',
    },
    ...more,
  };
}

/** Where a record's archive is, as a discovery finds it: at its storage, and at each target with a copy. */
export function archivesOf(record: BackupRecord, more: Partial<Archive> = {}): Archive[] {
  if (record.archive === undefined || record.place === undefined) return [];
  const { archive: name, place, guest } = record;
  const at = (where: string): Archive => ({
    id: `${where}#${name}`,
    place: where,
    name,
    ...(where.startsWith('storage:') ? { node: guest.node, volid: record.volid } : {}),
    pveCluster: guest.pveCluster,
    type: guest.type,
    vmid: guest.vmid,
    method: record.method,
    ctime: Math.floor(Date.parse(record.startedAt) / 1000),
    sizeBytes: record.sizeBytes ?? 0,
    format: guest.type === 'qemu' ? 'vma.zst' : 'tar.zst',
    protected: false,
    standardName: true,
    partial: false,
    fromTheFuture: false,
    ...more,
  });
  return [
    at(place),
    ...record.copies.flatMap(({ target, state }) => (state === 'verified' ? [at(`target:${target}`)] : [])),
  ];
}

export function manifestOf(at: number, more: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'sifaka.backup-manifest/1',
    at: iso(at),
    cluster: 'madagascar',
    nodes: ['baobab', 'ebony', 'tapia'].map((node) => nodeOf(node)),
    guests: [],
    archives: [],
    targets: [{ target: 'offsite', kind: 's3', state: 'ready' }],
    changes: {
      guestsAdded: [],
      guestsGone: [],
      guestsMoved: [],
      archivesAdded: 0,
      archivesGone: [],
      nodesSilent: [],
    },
    ...more,
  };
}

export function ruleOf(more: Partial<BackupRule> = {}) {
  return {
    name: 'daily',
    guests: ['all'],
    storage: 'nas',
    targets: ['offsite'],
    schedule: { at: '02:30' },
    windowHours: 26,
    keep: { last: 7 },
    ...more,
  };
}

export function policyOf(
  rules: readonly unknown[] = [ruleOf()],
  more: Partial<BackupPolicy> = {},
): BackupPolicy {
  return backupPolicySchema.parse({ schema: 'sifaka.backup-policy/1', timezone: 'UTC', rules, ...more });
}

export function agentsOf(at: number, more: Partial<AgentState> = {}): { at: string; nodes: AgentState[] } {
  return {
    at: iso(at),
    nodes: ['baobab', 'ebony', 'tapia'].map((node) =>
      Object.assign({ node, state: 'current', version: '1', lastRunAt: iso(at - hour), guests: [] }, more),
    ),
  };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The same for the same backup, so that two runs of a test are alike. */
export function uuidOf(vmid: number, at: number): string {
  const digits = `${vmid.toString(16).padStart(8, '0')}${Math.floor(at / 1000)
    .toString(16)
    .padStart(12, '0')}`;
  return `${digits.slice(0, 8)}-0000-4000-8000-${digits.slice(8, 20)}`;
}
