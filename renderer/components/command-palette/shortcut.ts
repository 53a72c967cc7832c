import { t } from '@lingui/core/macro';

interface PressedKey {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** How the shortcut is written, for eyes and (WAI-ARIA's `aria-keyshortcuts`) for screen readers. */
export interface Shortcut {
  readonly shown: () => string;
  readonly aria: string;
  readonly matches: (pressed: PressedKey) => boolean;
}

/** Ctrl K, and ⌘K on a Mac, where Ctrl K deletes to the end of the line in every text field. */
export function paletteShortcut(userAgent: string): Shortcut {
  const onMac = /Macintosh|Mac OS X/.test(userAgent);
  return {
    shown: () => (onMac ? '⌘K' : t`Ctrl K`),
    aria: onMac ? 'Meta+K' : 'Control+K',
    matches: (pressed) =>
      isK(pressed) &&
      pressed.metaKey === onMac &&
      pressed.ctrlKey !== onMac &&
      !pressed.altKey &&
      !pressed.shiftKey,
  };
}

/** By its letter; on a keyboard without Latin letters, by the place where K is elsewhere. */
function isK({ key, code }: PressedKey): boolean {
  return key.toLowerCase() === 'k' || (code === 'KeyK' && !/^[a-z]$/i.test(key));
}
