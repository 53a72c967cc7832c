import type { SyncNotice } from '../../../../shared/schemas/sync-record.ts';
import { escapeName } from './byte-names.ts';
import type { Trouble } from './survey/findings.ts';

/** What an operator is told about what was not looked at. */
export function noticesOfTroubles(troubles: readonly Trouble[]): SyncNotice[] {
  return troubles.flatMap((trouble) => {
    const notice = noticeOf(trouble);
    return notice === undefined ? [] : [{ ...notice, filepath: escapeName(trouble.path) || '.' }];
  });
}

function noticeOf({ kind, side, detail }: Trouble): Pick<SyncNotice, 'kind' | 'text'> | undefined {
  const where = side === 'both' ? 'on one side' : side === 'source' ? 'at the source' : 'at the destination';
  switch (kind) {
    case 'unreadable':
      return {
        kind: 'unreadable',
        text: `It cannot be read ${where}: ${reasonOf(detail)}. Nothing was done at or below it.`,
      };
    case 'vanished':
      return {
        kind: 'changed-meanwhile',
        text: `It went away ${where} while it was looked at. The next run sees what became of it.`,
      };
    case 'other-file-system':
      return {
        kind: 'other-file-system',
        text: `Another file system is mounted there ${where}. It was not entered.`,
      };
    case 'name-collision': {
      const other = escapeName(detail ?? '');
      return {
        kind: 'name-collision',
        text:
          side === 'both'
            ? `One side cannot tell it from ${other}. Neither was touched: rename one of them.`
            : `It is called so ${where} and ${other} ${side === 'source' ? 'at the destination' : 'at the source'}, and one side cannot tell these names apart. Nothing was done with it or below it: give it the same name on both sides.`,
      };
    }
    case 'excluded':
      return {
        kind: 'log-folder',
        text: `A file .sifaka-sync-log in it says that it is a log folder of syncs. Nothing in it is synchronized. If it is none, remove that file.`,
      };
    // As they should be; one root in the other is refused before.
    case 'other-root':
    case 'marked':
    case 'holds-reserved':
      return undefined;
  }
  // For the linter: every kind has returned.
  return undefined;
}

function reasonOf(code: string | undefined): string {
  switch (code ?? '') {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENAMETOOLONG':
      return 'its path is longer than the system allows';
    case 'EIO':
      return 'the disk reports an error';
    case 'ESTALE':
    case 'Unknown system error -116':
      return 'the server does not know it any more (stale NFS handle)';
    case 'EMFILE':
      return 'this process has as many files open as it may (EMFILE)';
    case 'ENFILE':
      return 'the whole system has as many files open as it may (ENFILE)';
    default:
      return code ?? 'unknown error';
  }
}
