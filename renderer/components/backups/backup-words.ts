import { t } from '@lingui/core/macro';
import type { Coverage, CoverageState, ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import type { MarkState } from '../StateMark.tsx';

export const coverageMarks: Record<CoverageState, MarkState> = {
  good: 'ok',
  warning: 'warning',
  bad: 'danger',
  unknown: 'unknown',
  excluded: 'none',
};

export function coverageWords(state: CoverageState): string {
  const words: Record<CoverageState, string> = {
    good: t`Good`,
    warning: t`Warning`,
    bad: t`Bad`,
    unknown: t`Unknown`,
    excluded: t`Excluded`,
  };
  return words[state];
}

export const offsiteMarks: Record<Coverage['offsite'], MarkState> = {
  verified: 'ok',
  pending: 'warning',
  failed: 'danger',
  missing: 'warning',
  none: 'none',
  unknown: 'unknown',
};

export function offsiteWords(state: Coverage['offsite']): string {
  const words: Record<Coverage['offsite'], string> = {
    verified: t`Compared`,
    pending: t`Not finished`,
    failed: t`Failed`,
    missing: t`Missing`,
    none: t`None wanted`,
    unknown: t`Unknown`,
  };
  return words[state];
}

export const checksumMarks: Record<Coverage['checksum'], MarkState> = {
  passed: 'ok',
  failed: 'danger',
  known: 'ok',
  never: 'unknown',
};

export function checksumWords(state: Coverage['checksum']): string {
  const words: Record<Coverage['checksum'], string> = {
    passed: t`Reread`,
    failed: t`Differs`,
    known: t`Known`,
    never: t`None`,
  };
  return words[state];
}

export const archiveMarks: Record<ListedArchive['state'], MarkState> = {
  proven: 'ok',
  checked: 'ok',
  unchecked: 'unknown',
  unseen: 'unknown',
  failed: 'danger',
  partial: 'warning',
  gone: 'danger',
};

export function archiveWords(state: ListedArchive['state']): string {
  const words: Record<ListedArchive['state'], string> = {
    proven: t`Restored as a test`,
    checked: t`Digest known`,
    unchecked: t`Never read`,
    unseen: t`Not seen now`,
    failed: t`Wrong`,
    partial: t`Half`,
    gone: t`Gone`,
  };
  return words[state];
}

/** From the worst, as the table of guests is sorted by it. */
export const coverageOrder: readonly CoverageState[] = ['bad', 'unknown', 'warning', 'good', 'excluded'];
