import type { SyncNotice } from '../../../../shared/schemas/sync-record.ts';
import { escapeName } from './byte-names.ts';
import type { ByteName } from './entry.ts';

const texts = {
  'future-time':
    'Its time lies in the future, so nothing says which side is newer. Set it right with `touch` on the side that is right.',
  'other-bytes':
    'The two sides have other bytes under the same size and time, and nothing says which are right. Neither was touched.',
  'time-not-kept':
    'One side cannot keep the time that it has on the other: FAT and exFAT know those from 1980 to 2107 only. Of the same size, it counts as the same there; neither was touched. To have the same time on both, set it with `touch`.',
};

export function noticeOf(kind: keyof typeof texts | 'special', path: ByteName): SyncNotice {
  if (kind === 'special') return specialNotice(path);
  return { kind, filepath: escapeName(path), text: texts[kind] };
}

/** Of what is about to be copied. */
export function timeNotKeptNotice(path: ByteName): SyncNotice {
  return {
    kind: 'time-not-kept',
    filepath: escapeName(path),
    text: 'The destination cannot keep its time: FAT and exFAT know those from 1980 to 2107 only. The file is copied all the same, and will have the nearest time that there is.',
  };
}

export function conflictNotice(path: ByteName): SyncNotice {
  return {
    kind: 'conflict',
    filepath: escapeName(path),
    text: 'Both sides have changed since they were last the same. The newer one stays, the other one goes to the trash.',
  };
}

export function specialNotice(path: ByteName): SyncNotice {
  return {
    kind: 'special',
    filepath: escapeName(path),
    text: 'It is neither a file, a folder nor a link, on one side at least. It is not synced.',
  };
}
