import { Problem } from '../../shared/problem.ts';
import type {
  KeptOperation,
  SyncOverview,
  SyncPairState,
  SyncRun,
} from '../../shared/schemas/sync-overview.ts';
import type { PlannedSync, ShownOperation, SyncChoice } from '../../shared/schemas/sync-plans.ts';
import type { SyncNotice } from '../../shared/schemas/sync-record.ts';
import { hour, iso } from '../rig/backups/made-backups.ts';
import { hostileName } from './backup-labs.ts';
import type { RunningApp } from './running-app.ts';

export const playedIteration = '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11';

/** A run of an hour ago. */
export function run(changes: Partial<SyncRun> = {}): SyncRun {
  const started = Date.now() - hour;
  return {
    iteration_uid: playedIteration,
    sync_pair: 'media',
    direction: 'dell-to-hp',
    src: '/mnt/dell/media',
    dest: '/mnt/hp/media',
    started_at: iso(started),
    ended_at: iso(started + 41_000),
    status: 'success',
    dry_run: false,
    files_created: 12,
    files_updated: 3,
    files_deleted: 1,
    files_skipped: 18_412,
    files_failed: 0,
    total_bytes_transferred: 4.1e9,
    error_message: null,
    conflicts: 1,
    ...changes,
  };
}

export const incomplete = {
  code: 'SYNC_INCOMPLETE',
  what: '2 of 16 files of media were not brought up to date: there is no room left on /mnt/hp/media.',
  state: 'The other 14 are done; what they replaced lies in the trash.',
  next: 'Make room there, and run it again.',
} as const;

const blocked = {
  code: 'SYNC_BLOCKED',
  what: 'Pair photos is blocked in this direction (hp-to-dell): its other direction, dell-to-hp, failed at 2026-11-21 20:15 UTC.',
  state: 'Nothing was synchronized in this direction.',
  next: 'Mend what failed and run dell-to-hp again, from /mnt/dell/photos to /mnt/hp/photos: a clean run clears this.',
} as const;

function pair(name: string, first: Partial<SyncRun> | undefined, isBlocked: boolean): SyncPairState {
  const sides = { dell: `/mnt/dell/${name}`, hp: `/mnt/hp/${name}` };
  const runs = first && {
    lastRun: run({ sync_pair: name, ...first }),
    lastDryRun: run({ sync_pair: name, dry_run: true, started_at: iso(Date.now() - 26 * hour) }),
  };
  return {
    pair: name,
    waiting: isBlocked ? 2 : 0,
    directions: [
      {
        direction: 'dell-to-hp',
        from: 'dell',
        to: 'hp',
        src: sides.dell,
        dest: sides.hp,
        deleteMissing: true,
        ...runs,
      },
      {
        direction: 'hp-to-dell',
        from: 'hp',
        to: 'dell',
        src: sides.hp,
        dest: sides.dell,
        deleteMissing: false,
        ...(isBlocked && { blocked }),
      },
    ],
  };
}

const overview = (): SyncOverview => ({
  at: iso(Date.now()),
  pairsFile: 'there',
  logFolder: '/var/log/ha-sync',
  store: {
    kind: 'database',
    state: 'unreachable',
    place: 'MariaDB at db.lab:3306, database general_db',
    problem: {
      code: 'SYNC_STORE_UNAVAILABLE',
      what: 'Nothing answers at db.lab:3306.',
      state: 'Runs go on; their records wait in the log folder.',
      next: 'Look whether the database runs.',
    },
  },
  pairs: [
    pair('media', {}, false),
    pair('photos', { status: 'partial_failure', files_failed: 2, error_message: incomplete.what }, true),
    pair('calm', { status: 'failed', files_created: 0, conflicts: 0 }, false),
    pair('stops', undefined, false),
    pair('unmarked', undefined, false),
  ],
});

const version = (age: number, size = 4_100_000) => ({
  kind: 'file' as const,
  size,
  modified: iso(Date.now() - age),
});

const file = { kind: 'file', reason: 'newer', conflict: false } as const;
const operations = (): ShownOperation[] => [
  {
    ...file,
    operation: 'create',
    kind: 'folder',
    filepath: 'films/new/',
    reason: 'missing',
    source: { ...version(hour), kind: 'folder' },
  },
  {
    ...file,
    operation: 'create',
    filepath: 'films/new/lemurs of madagascar.mkv',
    reason: 'missing',
    source: version(hour, 4e9),
  },
  {
    ...file,
    operation: 'update',
    filepath: 'films/index.json',
    source: version(hour),
    destination: version(30 * hour),
  },
  {
    ...file,
    operation: 'update',
    filepath: 'notes/shared.md',
    conflict: true,
    source: version(hour, 812),
    destination: version(2 * hour, 790),
  },
  {
    ...file,
    operation: 'update',
    filepath: 'notes/place',
    reason: 'kind',
    source: version(hour),
    destination: { ...version(90 * hour), kind: 'folder' },
  },
  {
    ...file,
    operation: 'update',
    kind: 'link',
    filepath: 'notes/newest',
    reason: 'link',
    source: { ...version(hour), kind: 'link' },
    destination: { ...version(hour), kind: 'link' },
  },
  {
    ...file,
    operation: 'delete',
    filepath: `old/${hostileName}`,
    reason: 'deleted-at-source',
    destination: version(900 * hour),
  },
  {
    ...file,
    operation: 'delete',
    kind: 'folder',
    filepath: 'old/',
    reason: 'deleted-at-source',
    destination: { ...version(900 * hour), kind: 'folder' },
  },
];

export const notices: SyncNotice[] = [
  {
    kind: 'future-time',
    filepath: 'films/\\xff.mkv',
    text: 'Its time is 2099-01-01: nothing is decided by it.',
  },
  { kind: 'special', filepath: 'run/door', text: 'A socket: it is neither copied nor replaced.' },
];

function plan(choice: SyncChoice): PlannedSync {
  const all = choice.pair === 'calm' ? [] : operations();
  if (choice.pair === 'unmarked') {
    throw new Problem('SYNC_ROOT_UNMARKED', {
      what: '/mnt/dell/unmarked has no marker of the pair unmarked.',
      state: 'Nothing was changed.',
      next: 'If it is the right folder and everything is mounted, mark the pair once.',
    });
  }
  const of = (operation: ShownOperation['operation']) =>
    all.filter((one) => one.operation === operation).length;
  return {
    digest: '1'.repeat(64),
    plan: {
      schema: 'sifaka.sync-plan/1',
      at: iso(Date.now()),
      ...choice,
      from: 'dell',
      to: 'hp',
      src: `/mnt/dell/${choice.pair}`,
      dest: `/mnt/hp/${choice.pair}`,
      deleteMissing: true,
      counts: {
        source: 18_430,
        destination: 18_427,
        common: 18_426,
        equal: 18_412,
        creates: of('create'),
        updates: of('update'),
        deletes: of('delete'),
        bytes: all.length * 5e8,
        alignments: choice.pair === 'calm' ? 0 : 3,
        conflicts: all.filter(({ conflict }) => conflict).length,
      },
      operations: all,
      furtherOperations: choice.pair === 'stops' ? 9_412 : 0,
      staying: [
        { kind: 'file', filepath: 'notes/newer there.md', reason: 'newer', size: 812 },
        { kind: 'link', filepath: `notes/${hostileName}`, reason: 'link', size: 9 },
      ],
      furtherStaying: choice.pair === 'calm' ? 0 : 17,
      notices: choice.pair === 'calm' ? [] : notices,
      furtherNotices: choice.pair === 'stops' ? 3 : 0,
      trash: `/mnt/hp/${choice.pair}/.sifaka-trash`,
      trashRetainDays: 30,
      ...(choice.pair === 'calm' && { alreadyCurrentSince: iso(Date.now() - hour) }),
      ...(choice.pair === 'stops' && {
        toAgreeTo: { replaces: 4, deletes: 9421 },
        stop: {
          code: 'SYNC_TOO_MANY_DELETIONS',
          what: 'This run would take 9421 of the destination’s 18427 files away (51 %), more than the 50 % that it may.',
          state: 'Nothing was changed.',
          next: 'See whether the source is complete and mounted.',
          more: ['films/index.json', 'notes/shared.md', 'and 9419 more'],
        },
      }),
    },
  };
}

export function kept(): KeptOperation[] {
  return operations().map(keptOperation);
}

/** One of them failed. */
function keptOperation({ source, destination, ...operation }: ShownOperation, index: number): KeptOperation {
  const isFailed = index === 2;
  return {
    ...operation,
    id: index,
    operation_uid: `${playedIteration.slice(0, -1)}${index}`,
    iteration_uid: playedIteration,
    iteration_id: 1,
    dry_run: false,
    size_before: destination?.size ?? null,
    size_after: source?.size ?? null,
    md5_before: null,
    md5_after: null,
    started_at: iso(Date.now()),
    ended_at: iso(Date.now()),
    status: isFailed ? 'fail' : 'success',
    error_message: isFailed ? 'There is no room left on its disk.' : null,
    trashed: destination !== undefined,
  };
}

/** Each with an id of its own. */
function runsOf({ pairs }: SyncOverview): SyncRun[] {
  const runs = pairs.flatMap(({ directions }) =>
    directions.flatMap(({ lastRun, lastDryRun }) => [lastRun, lastDryRun].flatMap((one) => one ?? [])),
  );
  return runs.map((one, index) =>
    Object.assign(one, { iteration_uid: `${playedIteration.slice(0, -2)}${10 + index}` }),
  );
}

/** Pairs, runs and plans as folders would give cause for, without any: every kind of line that the pages can have. */
export function playSync(app: RunningApp): void {
  Object.assign(app.services.sync, {
    overview: async () => overview(),
    iterations: async () => runsOf(overview()),
    operations: async () => ({
      run: run({ status: 'partial_failure', files_failed: 1 }),
      operations: kept(),
    }),
    plan: async (choice: SyncChoice) => plan(choice),
  });
}
