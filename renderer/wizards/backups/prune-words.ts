import { plural, t } from '@lingui/core/macro';
import type { PlannedArchive } from '../../../shared/schemas/backup-plans.ts';
import type { RetentionMark, RetentionRule } from '../../../shared/schemas/retention.ts';
import type { MarkState } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';

export const pruneMarks: Record<RetentionMark, MarkState> = {
  keep: 'ok',
  remove: 'danger',
  protected: 'none',
  renamed: 'none',
};

export function markWords(mark: RetentionMark): string {
  const words: Record<RetentionMark, string> = {
    keep: t`Kept`,
    remove: t`Removed`,
    protected: t`Protected`,
    renamed: t`Renamed`,
  };
  return words[mark];
}

/** Nothing for Proxmox's own rules, which keep their names; Sifaka's added safety says that it is one. */
export function ruleWords(rule: RetentionRule): string | undefined {
  const words: Partial<Record<RetentionRule, string>> = {
    protected: t`protected`,
    renamed: t`renamed`,
    'not-kept': t`no rule keeps it`,
    'last-good': t`safety: the last good one`,
    'replacement-unverified': t`safety: what replaces it is not verified`,
    'maximum-share': t`safety: enough for one run`,
    'unknown-state': t`safety: nobody knows its state`,
  };
  return words[rule];
}

const safetyRules: ReadonlySet<RetentionRule> = new Set([
  'last-good',
  'replacement-unverified',
  'maximum-share',
  'unknown-state',
]);

export const isSafety = ({ rule }: PlannedArchive): boolean => safetyRules.has(rule);

export const isRemoved = ({ mark }: PlannedArchive): boolean => mark === 'remove';

/** `12 archives of 4 guests (31 GB)`. */
export function removedWords(archives: readonly PlannedArchive[]): string {
  const removed = archives.filter(isRemoved);
  const count = plural(removed.length, { one: '# archive', other: '# archives' });
  const guests = plural(new Set(removed.map(({ type, vmid }) => `${type}/${vmid}`)).size, {
    one: '# guest',
    other: '# guests',
  });
  const size = formatBytes(removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return t`${count} of ${guests} (${size})`;
}
