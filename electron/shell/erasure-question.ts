import { plural, t } from '@lingui/core/macro';
import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import { formatBytes, formatTime } from '../../shared/quantities.ts';
import type { PrunePlan, RestorePlan } from '../../shared/schemas/backup-plans.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import type { Erasure } from '../hosts/one-question.ts';
import { contentsWords } from './contents-words.ts';
import { plainPath, plainWords } from './plain-words.ts';

/** Milliseconds. */
const soonestYes = 700;

/**
 * Asks in a message box of the system, which no page can paint over or answer, whether what a plan erases may go: a page that
 * was taken over can press its own red button, but not this one. When the page that wanted it goes away, the answer is no.
 * A yes that comes sooner than anybody reads was meant for something else, and is asked for again.
 */
export async function askToErase(
  erasure: Erasure,
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
        dialog.showMessageBox(window, { ...questionOf(erasure), signal: gone }),
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

function questionOf({ kind, plan }: Erasure): MessageBoxOptions {
  const { message, detail, yes } =
    kind === 'card' ? burnWords(plan) : kind === 'restore' ? restoreWords(plan) : pruneWords(plan);
  return {
    type: 'warning',
    title: 'Sifaka',
    message,
    detail,
    buttons: [t`Cancel`, yes],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
}

interface Words {
  readonly message: string;
  readonly detail: string;
  /** On the button that says yes. */
  readonly yes: string;
}

/** The drive's own words are those of whoever made it. */
function burnWords({ node, target }: CardPlan): Words {
  const drive = plainWords(target.label);
  const place = `${plainPath(target.path)}, ${formatBytes(target.size)}`;
  const contents = plainWords(contentsWords(target.contents), longestContents);
  return {
    message: t`Erase ${drive} and burn ${node}?`,
    detail: `${place}\n\n${t`Erased: everything on it. On it now: ${contents}.`}`,
    yes: t`Erase and burn`,
  };
}

/** A guest's name is that of whoever gave it. */
function restoreWords({ node, vmid, overwrites, archive }: RestorePlan): Words {
  const guest = plainWords([`${node}/${vmid}`, overwrites?.name].filter(Boolean).join(' ')).trim();
  const name = plainWords(archive.name);
  const disks = plainWords(overwrites?.disks.join('; ') ?? '', longestContents);
  const last = overwrites?.lastGoodBackup;
  const erased =
    disks === ''
      ? t`Erased: the guest as it is now.`
      : t`Erased: the guest as it is now, with its disks: ${disks}.`;
  const saved =
    last === undefined
      ? t`There is no good backup of it.`
      : t`Its last good backup is of ${formatTime(new Date(last))}.`;
  return {
    message: t`Erase ${guest} and restore it?`,
    detail: `${name}\n\n${erased} ${saved}`,
    yes: t`Erase and restore`,
  };
}

/** Beyond so many they are counted. */
const namedArchives = 5;

function pruneWords({ archives, removes, freesBytes }: PrunePlan): Words {
  const removed = archives.filter(({ mark }) => mark === 'remove');
  const names = removed.slice(0, namedArchives).map(({ place, name }) => plainWords(`${place} ${name}`));
  const more = removed.length - names.length;
  const size = formatBytes(freesBytes);
  return {
    message: plural(removes, { one: 'Remove # archive for good?', other: 'Remove # archives for good?' }),
    detail: [
      size,
      '',
      ...names,
      ...(more > 0 ? [plural(more, { one: 'and # more', other: 'and # more' })] : []),
    ].join('\n'),
    yes: t`Remove`,
  };
}
