import { Trans } from '@lingui/react/macro';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { CommandPalette } from './CommandPalette.tsx';
import { paletteShortcut } from './shortcut.ts';
import './command-palette.css';

const shortcut = paletteShortcut(navigator.userAgent);

/** The way to everywhere: a button that shows its shortcut, and the shortcut from anywhere on the page. */
export function PaletteButton() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!shortcut.matches(event)) return;
      event.preventDefault();
      const dialog = document.querySelector('dialog[open], [role="dialog"]');
      // The palette is the one native dialog. Any other waits for an answer, and what was typed into it would be lost.
      if (dialog instanceof HTMLDialogElement) dialog.close();
      else if (dialog === null) setOpen(true);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  return (
    <>
      <button
        type="button"
        className="palette-button"
        aria-haspopup="dialog"
        aria-keyshortcuts={shortcut.aria}
        onClick={() => setOpen(true)}
      >
        <IconSearch size={14} aria-hidden="true" />
        <span className="palette-button-words">
          <Trans>Go to…</Trans>
        </span>
        <kbd aria-hidden="true">{shortcut.shown()}</kbd>
      </button>
      {open && <CommandPalette onClose={() => setOpen(false)} />}
    </>
  );
}
