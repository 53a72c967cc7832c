import { t } from '@lingui/core/macro';
import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import { formatBytes } from '../../shared/quantities.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import { plainWords } from './plain-words.ts';

/**
 * Asks in a message box of the system, which no page can paint over or answer, whether the plan may be burned: a page that
 * was taken over can press its own red button, but not this one. When the page that wanted it goes away, the answer is no.
 */
export async function askToBurn(
  plan: CardPlan,
  window: BrowserWindow | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (window === undefined) return false;
  const gone = new AbortController();
  const giveUp = () => gone.abort();
  signal?.addEventListener('abort', giveUp);
  window.once('closed', giveUp);
  try {
    const { response } = await Promise.race([
      dialog.showMessageBox(window, { ...question(plan), signal: gone.signal }),
      // What becomes of a message box whose window is closed is not said anywhere.
      new Promise<{ response: number }>((resolve) => {
        gone.signal.addEventListener('abort', () => resolve({ response: 0 }));
      }),
    ]);
    return response === 1 && !gone.signal.aborted;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    window.off('closed', giveUp);
  }
}

/** The drive's own words are those of whoever made it. */
function question({ node, target, erases }: CardPlan): MessageBoxOptions {
  const drive = plainWords(target.label);
  const path = plainWords(target.path);
  const size = formatBytes(target.size);
  const erased = plainWords(erases);
  return {
    type: 'warning',
    title: 'Sifaka',
    message: t`Erase ${drive} and burn ${node}?`,
    detail: `${path}, ${size}.\n${t`Erased: ${erased}`}`,
    buttons: [t`Cancel`, t`Erase and burn`],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}
