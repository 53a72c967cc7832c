import { decideArchives } from '../../electron/services/backups/prune/decide.ts';
import { backupPolicySchema } from '../../shared/schemas/backup-policy.ts';
import type {
  BackupRequest,
  PlannedGuest,
  RestorePlan,
  RestoreRequest,
} from '../../shared/schemas/backup-plans.ts';
import { hour, iso } from '../rig/backups/made-backups.ts';
import { hostileName, screenPolicy } from './backup-labs.ts';
import type { RunningApp } from './running-app.ts';

const digest = '1'.repeat(64);

/** Plans as nodes would give cause for, without any: every kind of line that a review can have. */
export function playBackupPlans(app: RunningApp): void {
  const { backups } = app.services;
  const prunePlan = async () => {
    const manifest = await backups.newestManifest();
    if (manifest === undefined) throw new Error('this lab has a manifest');
    const archives = decideArchives({
      ...manifest,
      records: await backups.records(10_000),
      policy: backupPolicySchema.parse(screenPolicy),
    });
    const removed = archives.filter(({ mark }) => mark === 'remove');
    return {
      digest,
      plan: {
        schema: 'sifaka.prune-plan/1' as const,
        archives,
        removes: removed.length,
        freesBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        gaps: [
          {
            place: 'target:attic',
            problem: {
              code: 'TARGET_UNMOUNTED' as const,
              what: '/mnt/attic has no mark of this lab.',
              state: 'Nothing was removed there.',
              next: 'Mount the disk that belongs there.',
            },
          },
        ],
      },
    };
  };
  Object.assign(backups, {
    plan: async ({ guests }: BackupRequest) => ({
      digest,
      plan: {
        schema: 'sifaka.backup-plan/1',
        guests: Array.isArray(guests) ? guests.map(plannedGuest) : [],
      },
    }),
    planPrune: prunePlan,
    planRestore: async (request: RestoreRequest) => ({ digest, plan: restorePlan(request) }),
  });
}

/** The first is as it should be, the second has much to say, the third is refused. */
function plannedGuest(address: string, index: number): PlannedGuest {
  const [node = '', vmid] = address.split('/');
  const planned: PlannedGuest = {
    guest: { pveCluster: 'madagascar', type: 'qemu', vmid: Number(vmid), node, name: 'web' },
    action: 'new',
    id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11',
    rule: 'everyone',
    method: 'vzdump',
    mode: 'snapshot',
    storage: 'nas',
    shared: true,
    compress: 'zstd',
    bandwidthLimit: 0,
    targets: ['offsite'],
    pruneBackups: '',
    estimateBytes: 13e9,
    warnings: [],
  };
  if (index === 1)
    return {
      ...planned,
      guest: { ...planned.guest, type: 'lxc', name: hostileName },
      action: 'continue',
      mode: 'stop',
      shared: false,
      targets: [],
      bandwidthLimit: 51_200,
      warnings: [
        'It is shut down for this and started again: nobody can use it meanwhile.',
        `Left out, as its configuration says: ${hostileName}.`,
      ],
    };
  if (index === 2)
    return {
      ...planned,
      refusal: {
        code: 'GUEST_LOCKED',
        what: `${address} is locked: backup.`,
        state: 'Nothing was started.',
        next: `See what holds it; when nothing does: qm unlock ${vmid}`,
      },
    };
  return planned;
}

function restorePlan({ archive, target, overwrite, start, unique }: RestoreRequest): RestorePlan {
  const [node = '', vmid] = target.split('/');
  const [place = '', name = ''] = archive.split('#');
  const isThere = overwrite;
  return {
    schema: 'sifaka.restore-plan/1',
    archive: {
      id: archive,
      place,
      name,
      type: 'qemu',
      vmid: 100,
      ctime: Math.floor(Date.parse('2026-11-20T14:00:00Z') / 1000),
      sizeBytes: 12.4e9,
      sha256: digest,
      proof: 'Restored as a test 3 days ago: its agent answered.',
    },
    node,
    vmid: Number(vmid),
    start,
    unique,
    ...(isThere
      ? {
          overwrites: {
            name: node === 'baobab' ? 'web' : hostileName,
            status: 'running',
            config: digest,
            disks: ['scsi0: local-lvm:vm-100-disk-0, 32G', 'scsi1: local-lvm:vm-100-disk-1, 500G'],
            ...(node === 'baobab' ? { lastGoodBackup: iso(Date.now() - 5 * hour) } : {}),
          },
        }
      : {}),
    stages: place.startsWith('target:')
      ? ['It is brought from offsite to nas of the node first, and every byte is compared.']
      : [],
    warnings: ['Its network has VLAN 40, which this node does not have.'],
    refusals:
      node === 'tapia'
        ? [
            {
              code: 'SSH_UNREACHABLE',
              what: 'Nothing answers at 192.168.22.73.',
              state: 'Nothing was asked.',
              next: 'Look whether tapia is switched on, and at its cable.',
            },
          ]
        : [],
  };
}
