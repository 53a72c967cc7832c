import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import { plainWords } from './plain-words.ts';
import type { RunningJob } from './job-activity.ts';

/** Asks whether what runs may be stopped; what is safe is the default, and what Escape means. */
export async function mayStop(
  running: readonly RunningJob[],
  window: BrowserWindow | undefined,
): Promise<boolean> {
  const options = quitQuestion(running);
  const { response } = await (window === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options));
  return response === 1;
}

function quitQuestion(running: readonly RunningJob[]): MessageBoxOptions {
  const drive = running.find(({ writesDrive }) => writesDrive);
  const [first] = running;
  const title = plainWords((drive ?? first)?.title ?? '');
  return {
    type: 'warning',
    title: 'Sifaka',
    message: drive === undefined ? 'Something still runs.' : 'A drive is being written.',
    detail:
      drive === undefined
        ? `${title}. Quitting stops it; it has to be started again.`
        : `${title}. Quitting stops it: the card will not boot and has to be burned again. Closing the window does not stop it.`,
    buttons: ['Keep running', 'Stop it and quit'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
