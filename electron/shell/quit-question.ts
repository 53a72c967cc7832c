import { t } from '@lingui/core/macro';
import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { RunningJob } from './job-activity.ts';
import { plainWords } from './plain-words.ts';

/** Asks whether what runs may be stopped; what is safe is the default, and what Escape means. */
export async function mayStop(
  running: readonly RunningJob[],
  window: BrowserWindow | undefined,
): Promise<boolean> {
  const options = quitQuestion(running);
  // A question of a window that nobody sees is a question nobody sees.
  window?.show();
  const { response } = await (window === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options));
  return response === 1;
}

function quitQuestion(running: readonly RunningJob[]): MessageBoxOptions {
  const drive = running.find(({ writesDrive }) => writesDrive);
  const jobs = [`${plainWords((drive ?? running[0])?.title ?? '')}.`];
  const others = running.length - 1;
  if (others > 0) jobs.push(t`And ${others} more.`);
  const consequence =
    drive === undefined
      ? t`Quitting stops it; it has to be started again.`
      : t`Quitting stops it: the card will not boot and has to be burned again. Closing the window does not stop it.`;
  return {
    type: 'warning',
    title: 'Sifaka',
    message: drive === undefined ? t`Something still runs.` : t`A drive is being written.`,
    detail: [...jobs, consequence].join(' '),
    buttons: [t`Keep running`, t`Stop it and quit`],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
