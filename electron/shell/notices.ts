import { t } from '@lingui/core/macro';
import { Notification } from 'electron';
import type { EndedJob, RunningJob } from './job-activity.ts';
import { plainWords } from './plain-words.ts';

/** One that nothing refers to is collected, and its click does nothing. */
const shown = new Set<Notification>();

/** Says how a job ended, to an operator who may look at something else. */
export function noticeEnd(job: EndedJob, open: () => void): void {
  const body = job.what === undefined ? job.title : `${job.title}. ${job.what}`;
  notice(outcomeWord(job.outcome), body, open);
}

/** Says that closing the window ended nothing. */
export function noticeGoesOn({ title }: RunningJob, open: () => void): void {
  notice(t`Sifaka goes on in the background`, t`${title}. It ends by itself.`, open);
}

function outcomeWord(outcome: EndedJob['outcome']): string {
  const words = { done: t`Done`, failed: t`Failed`, cancelled: t`Stopped`, 'cut-off': t`Cut off` };
  return words[outcome];
}

function notice(title: string, body: string, open: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body: plainWords(body) });
  shown.add(notification);
  const forget = () => shown.delete(notification);
  notification.on('click', () => {
    forget();
    open();
  });
  notification.on('close', forget);
  notification.on('failed', forget);
  notification.show();
}
