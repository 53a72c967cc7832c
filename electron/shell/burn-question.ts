import { t } from '@lingui/core/macro';
import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import { formatBytes } from '../../shared/quantities.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import { contentsWords } from './contents-words.ts';
import { plainPath, plainWords } from './plain-words.ts';

/** Milliseconds. */
const soonestYes = 700;

/**
 * Asks in a message box of the system, which no page can paint over or answer, whether the plan may be burned: a page that
 * was taken over can press its own red button, but not this one. When the page that wanted it goes away, the answer is no.
 * A yes that comes sooner than anybody reads was meant for something else, and is asked for again.
 */
export async function askToBurn(
  plan: CardPlan,
  window: BrowserWindow | undefined,
  signal: AbortSignal | undefined,
  now: () => number = () => performance.now(),
): Promise<boolean> {
  if (window === undefined || signal?.aborted) return false;
  const closing = new AbortController();
  const giveUp = () => closing.abort();
  window.once('closed', giveUp);
  const gone = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  // What becomes of a message box whose window is closed is not said anywhere.
  const givenUp = new Promise<{ response: number }>((resolve) => {
    gone.addEventListener('abort', () => resolve({ response: 0 }));
  });
  try {
    for (;;) {
      const posedAt = now();
      const { response } = await Promise.race([
        dialog.showMessageBox(window, { ...question(plan), signal: gone }),
        givenUp,
      ]);
      if (response !== 1 || gone.aborted) return false;
      if (now() - posedAt >= soonestYes) return true;
    }
  } finally {
    window.off('closed', giveUp);
  }
}

/** More than what is on a drive ever takes: its list is never cut, each of its items is bounded where it is made. */
const longestContents = 4000;

/** The drive's own words are those of whoever made it. */
function question({ node, target }: CardPlan): MessageBoxOptions {
  const drive = plainWords(target.label);
  const place = `${plainPath(target.path)}, ${formatBytes(target.size)}`;
  const contents = plainWords(contentsWords(target.contents), longestContents);
  return {
    type: 'warning',
    title: 'Sifaka',
    message: t`Erase ${drive} and burn ${node}?`,
    detail: `${place}\n\n${t`Erased: everything on it. On it now: ${contents}.`}`,
    buttons: [t`Cancel`, t`Erase and burn`],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
