import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive, Guest, Manifest } from '../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../shared/schemas/backup-record.ts';
import {
  agentsOf,
  archivesOf,
  failedRun,
  gigabyte,
  guestOf,
  hour,
  iso,
  manifestOf,
  nodeOf,
  recordOf,
} from '../rig/backups/made-backups.ts';

/** What a name may hold that a page must show as text: markup, a link, a terminal's escapes, and what turns text round. */
export const hostileName =
  '<img src=x onerror=alert(1)><b>db</b> [a](javascript:alert(1)) \u001b[2J\u202egnp';

const policy = `schema: sifaka.backup-policy/1
timezone: Europe/Berlin
rules:
  - name: databases
    guests: ['tag:database']
    storage: nas
    targets: [offsite]
    schedule: { at: '03:30' }
    windowHours: 26
    keep: { last: 5 }
    restoreTest: { everyDays: 30 }
  - name: everyone
    guests: ['tag:plain']
    storage: nas
    targets: [offsite]
    schedule: { at: '02:30' }
    windowHours: 26
    keep: { last: 7, weekly: 4 }
exclude: ['tag:scratch']
`;

/** The same as the schema has it. */
export const screenPolicy = {
  schema: 'sifaka.backup-policy/1',
  timezone: 'Europe/Berlin',
  rules: [
    { name: 'databases', guests: ['tag:database'], storage: 'nas', keep: { last: 5 } },
    { name: 'everyone', guests: ['tag:plain'], storage: 'nas', keep: { last: 7, weekly: 4 } },
  ],
};

/** A guest of the lab, and what is not in order with it. */
interface Told {
  readonly guest: Guest;
  /** Nights that it was backed up, the newest last: how many nights ago. */
  readonly nights: readonly number[];
  readonly change?: (record: BackupRecord, isNewest: boolean) => BackupRecord;
  readonly more?: (lastNight: number) => readonly BackupRecord[];
  /** What the discovery saw in the place of the newest archive. */
  readonly seen?: (archive: Archive) => readonly Archive[];
}

const everyNight = Array.from({ length: 30 }, (_, index) => 29 - index);
const plain = (vmid: number, name: string, more: Partial<Guest> = {}): Guest =>
  guestOf(vmid, { name, tags: ['plain'], ...more });

/** Each state and the most of the reasons, as an operator would meet them. */
function told(strange: string): Told[] {
  return [
    { guest: plain(100, 'web'), nights: everyNight },
    { guest: plain(101, 'git', { node: 'ebony' }), nights: everyNight },
    {
      guest: guestOf(102, { name: 'postgres', tags: ['database'], node: 'ebony' }),
      nights: everyNight,
      change: (record, isNewest) => ({
        ...record,
        rule: 'databases',
        sizeBytes: record.sizeBytes,
        checks: isNewest
          ? [
              {
                at: record.endedAt,
                kind: 'restore-test',
                place: 'storage:nas',
                outcome: 'passed',
                detail: 'Restored as 9900; its agent answered after 41 s.',
                evidence: 'agent-answered',
              },
            ]
          : [],
      }),
    },
    { guest: guestOf(103, { name: 'scratch', tags: ['scratch'] }), nights: [] },
    { guest: plain(104, 'mail'), nights: [29, 28, 27, 26, 8, 7, 6, 5, 4] },
    { guest: guestOf(105, { name: 'forgotten', node: 'ebony' }), nights: [] },
    {
      guest: plain(106, 'files'),
      nights: everyNight,
      seen: (archive) => [{ ...archive, sizeBytes: archive.sizeBytes - 4096 }],
    },
    {
      guest: plain(107, 'photos', { type: 'lxc' }),
      nights: everyNight,
      change: (record, isNewest) =>
        isNewest
          ? {
              ...record,
              copies: [
                {
                  target: 'offsite',
                  state: 'failed',
                  at: record.endedAt,
                  problem: {
                    code: 'COPY_FAILED',
                    what: 'offsite took 3 of 12 parts.',
                    state: 'The archive on nas is whole.',
                    next: 'sifaka backups run baobab/107',
                  },
                },
              ],
            }
          : record,
    },
    {
      guest: plain(108, strange, { excludedDisks: [strange === hostileName ? '<i>scsi1</i>' : 'scsi1'] }),
      // Two nights, not one: the night before last may be less than 26 hours ago.
      nights: everyNight.slice(0, -2),
      more: (lastNight) =>
        [lastNight - 24 * hour, lastNight].map((night) =>
          failedRun(plain(108, strange), night, {
            problem: {
              code: 'BACKUP_FAILED',
              what: `vzdump said: ${strange}`,
              state: 'There is no new archive.',
              next: 'Read the log of the run.',
            },
          }),
        ),
    },
    {
      guest: plain(109, 'monitoring', { node: 'tapia', source: 'other-node', status: 'unknown' }),
      nights: everyNight,
    },
    {
      guest: guestOf(110, { name: 'mariadb', tags: ['database'] }),
      nights: everyNight,
      change: (record, isNewest) => ({
        ...record,
        rule: 'databases',
        ...(isNewest ? { pruneFailed: 'missing Datastore.Prune' } : {}),
      }),
    },
  ];
}

/**
 * Backups of thirty nights, in every state there is, with a silent node, ghosts, orphans and a growing storage. One guest has
 * a strange name.
 */
export async function backupsLab(lab: string, strange = hostileName): Promise<void> {
  const now = Date.now();
  // The newest night is one to 25 hours old at whatever hour this is, so no rule of 26 hours is broken by it.
  const lastNight = Math.floor((now - 2.5 * hour) / (24 * hour)) * 24 * hour + 1.5 * hour;
  const records: BackupRecord[] = [];
  const archives: Archive[] = [];
  const guests: Guest[] = [];
  for (const { guest, nights, change, more, seen } of told(strange)) {
    guests.push(guest);
    for (const [index, night] of nights.entries()) {
      const isNewest = index === nights.length - 1;
      const size = (8 + (guest.vmid % 7)) * gigabyte + index * 5e7;
      const made = recordOf(guest, lastNight - night * 24 * hour, { sizeBytes: size, rule: 'everyone' });
      const record = change?.(made, isNewest) ?? made;
      records.push(record);
      const [first, ...others] = archivesOf(record);
      if (first !== undefined) archives.push(...(isNewest && seen ? seen(first) : [first]), ...others);
    }
    records.push(...(more?.(lastNight) ?? []));
  }
  const ghost = recordOf(guestOf(150, { name: 'old-wiki' }), now - 90 * 24 * hour);
  archives.push(...archivesOf(ghost), ...orphans(now, strange));
  records.push(ghost);
  const manifest = manifestOf(now - hour, {
    guests,
    archives,
    nodes: [
      nodeOf('baobab'),
      nodeOf('ebony'),
      nodeOf('tapia', {
        state: 'silent',
        storages: [],
        problem: {
          code: 'SSH_UNREACHABLE',
          what: 'Nothing answers at 192.168.22.73.',
          state: 'Nothing was asked.',
          next: 'Look whether tapia is switched on, and at its cable.',
        },
      }),
    ],
    targets: [
      { target: 'offsite', kind: 's3', state: 'ready', availableBytes: 9e12 },
      {
        target: 'attic',
        kind: 'node-folder',
        state: 'unmounted',
        problem: {
          code: 'TARGET_UNMOUNTED',
          what: '/mnt/attic has no mark of this lab.',
          state: 'Nothing was written there.',
          next: 'Mount the disk that belongs there.',
        },
      },
    ],
  });
  await writeBackups(lab, { policy, records, manifests: [...earlier(manifest, now), manifest], now });
}

/** Each night a little fewer of them, so that there is a trend. */
function earlier(manifest: Manifest, now: number): Manifest[] {
  return [9, 7, 5, 3, 2, 1].map((days) => {
    const at = now - days * 24 * hour;
    const archives = manifest.archives.filter(({ ctime }) => ctime * 1000 < at);
    return Object.assign({}, manifest, { at: iso(at), archives });
  });
}

function orphans(now: number, strange: string): Archive[] {
  const [one] = archivesOf(recordOf(guestOf(100), now - 50 * 24 * hour));
  if (one === undefined) throw new Error('there is no archive to change');
  const named = (name: string, more: Partial<Archive>): Archive => ({
    ...one,
    ...more,
    id: `storage:nas#${name}`,
    name,
    volid: `nas:backup/${name}`,
    standardName: false,
  });
  return [
    named(`before the upgrade ${strange}`.replaceAll('/', '-'), { type: undefined, vmid: undefined }),
    named('vzdump-qemu-104-2026_01_05-02_30_00.vma.dat', { vmid: 104, partial: true, sizeBytes: 12e8 }),
  ];
}

/** As large as a lab gets: ten thousand archives of 100 guests. */
export async function manyArchivesLab(lab: string): Promise<void> {
  const now = Date.now();
  const guests = Array.from({ length: 100 }, (_, index) =>
    guestOf(100 + index, {
      name: `guest-${index}`,
      tags: ['plain'],
      node: ['baobab', 'ebony', 'tapia'][index % 3] ?? 'baobab',
    }),
  );
  const records = guests.flatMap((guest) =>
    Array.from({ length: 50 }, (_, night) =>
      recordOf(guest, now - (night * 24 + 3) * hour - guest.vmid * 1000, { rule: 'everyone' }),
    ),
  );
  const archives = records.flatMap((record) => archivesOf(record));
  const manifest = manifestOf(now - hour, { guests, archives });
  await writeBackups(lab, { policy, records, manifests: [manifest], now });
}

/** Guests, and nothing else: nobody made a policy, and nothing was ever backed up. */
export async function unruledLab(lab: string): Promise<void> {
  const now = Date.now();
  await rm(join(lab, 'backups'), { recursive: true, force: true });
  await put(lab, manifestFile(now), manifestOf(now, { guests: [plain(100, 'web'), plain(101, 'git')] }));
}

async function writeBackups(
  lab: string,
  made: {
    readonly policy: string;
    readonly records: readonly BackupRecord[];
    readonly manifests: readonly Manifest[];
    readonly now: number;
  },
): Promise<void> {
  await rm(join(lab, 'backups'), { recursive: true, force: true });
  await mkdir(join(lab, 'backups'), { recursive: true });
  await writeFile(join(lab, 'backups/policy.yaml'), made.policy);
  await put(lab, 'backups/backups.json', { schema: 'sifaka.backups/1', backups: made.records });
  await put(lab, 'backups/agents.json', { schema: 'sifaka.backup-agents/1', ...agentsOf(made.now) });
  for (const manifest of made.manifests) await put(lab, manifestFile(Date.parse(manifest.at)), manifest);
}

const manifestFile = (at: number) => `backups/manifest-${iso(at).slice(0, 10)}.json`;

async function put(lab: string, file: string, value: unknown): Promise<void> {
  await mkdir(join(lab, 'backups'), { recursive: true });
  await writeFile(join(lab, file), JSON.stringify(value));
}
