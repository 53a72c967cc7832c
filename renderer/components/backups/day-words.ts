import { i18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import { dayFormat } from '../../text/formatters.ts';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';

export type BackupDay = Coverage['days'][number];
export type DayState = BackupDay['state'];

/** Inside of a square, so that colour alone says nothing. */
export const daySigns: Record<DayState, string> = {
  good: '',
  warning: '!',
  failed: '×',
  missing: '–',
  'not-due': '·',
  before: '',
};

/** In the order of the legend. */
export const dayStates: readonly DayState[] = ['good', 'warning', 'failed', 'missing', 'not-due', 'before'];

export function dayStateWords(state: DayState): string {
  const words: Record<DayState, string> = {
    good: t`backed up`,
    warning: t`backed up, and something was wrong`,
    failed: t`failed`,
    missing: t`missing: it was due, and nothing ran`,
    'not-due': t`not due`,
    before: t`before its first backup`,
  };
  return words[state];
}

/** `21 November: backed up (2 backups)`. */
export function dayWords({ day, state, backups }: BackupDay): string {
  const date = shortDay(day);
  const what = dayStateWords(state);
  if (backups < 2) return t`${date}: ${what}`;
  return t`${date}: ${what} (${plural(backups, { one: '# backup', other: '# backups' })})`;
}

/** A day that is one already: no time zone may make another of it. */
export function shortDay(day: string): string {
  return dayFormat(i18n.locale).format(new Date(`${day}T00:00:00Z`));
}

/** The whole calendar in a sentence: how many days of each kind. */
export function calendarWords(days: readonly BackupDay[]): string {
  const count = (state: DayState) => days.filter((one) => one.state === state).length;
  const [good, warning, failed, missing] = [
    count('good'),
    count('warning'),
    count('failed'),
    count('missing'),
  ];
  const { length } = days;
  return t`Of the last ${length} days: ${good} backed up, ${warning} with something wrong, ${failed} failed, ${missing} missing`;
}
