import { basename } from 'node:path';
import { t } from '@lingui/core/macro';
import type { MenuItemConstructorOptions } from 'electron';
import { type PlainPage, plainPageAddress, plainPages } from '../../shared/pages.ts';
import { plainWords } from './plain-words.ts';

export interface MenuActions {
  chooseLab(): void;
  openLab(path: string): void;
  /** Opens the page at an address, as in `#/jobs`. */
  show(address: string): void;
  /** Only of a package that has a channel for updates. */
  readonly lookForUpdates: (() => void) | undefined;
}

const pageLabels = (): Record<PlainPage, string> => ({
  today: t`Today`,
  cards: t`Recovery cards`,
  bridge: t`Bridge`,
  backups: t`Backups`,
  sync: t`Sync`,
  jobs: t`Jobs`,
  logbook: t`Logbook`,
  issues: t`Issues`,
  lab: t`Lab`,
  log: t`Log`,
});

/** The application menu. What it shows of labs is their folders' names. Electron's own words for its roles are English. */
export function menuTemplate(
  actions: MenuActions,
  recentLabs: readonly string[],
  platform: NodeJS.Platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const labels = pageLabels();
  const recent: MenuItemConstructorOptions[] = recentLabs.map((path) => ({
    label: plainWords(`${basename(path)} — ${path}`),
    click: () => actions.openLab(path),
  }));
  return [
    ...(isMac ? [{ role: 'appMenu' as const }] : []),
    {
      label: t`&File`,
      submenu: [
        { label: t`Open lab folder…`, accelerator: 'CmdOrCtrl+O', click: () => actions.chooseLab() },
        {
          label: t`Open recent lab`,
          enabled: recent.length > 0,
          submenu: recent,
        },
        { type: 'separator' },
        ...(actions.lookForUpdates === undefined
          ? []
          : [{ label: t`Look for updates…`, click: actions.lookForUpdates }, { type: 'separator' as const }]),
        { role: 'close', label: t`Close window` },
        ...(isMac ? [] : [{ role: 'quit' as const, label: t`Quit`, accelerator: 'Ctrl+Q' }]),
      ],
    },
    {
      role: 'editMenu',
      label: t`&Edit`,
      submenu: [
        { role: 'undo', label: t`Undo` },
        { role: 'redo', label: t`Redo` },
        { type: 'separator' },
        { role: 'cut', label: t`Cut` },
        { role: 'copy', label: t`Copy` },
        { role: 'paste', label: t`Paste` },
        { role: 'selectAll', label: t`Select all` },
      ],
    },
    {
      label: t`&Go`,
      submenu: plainPages.map((page, index) => {
        const item: MenuItemConstructorOptions = {
          label: labels[page],
          click: () => actions.show(plainPageAddress(page)),
        };
        // There are nine such keys.
        if (index < 9) item.accelerator = `CmdOrCtrl+${index + 1}`;
        return item;
      }),
    },
    {
      label: t`&View`,
      submenu: [
        { role: 'reload', label: t`Reload` },
        { type: 'separator' },
        { role: 'resetZoom', label: t`Actual size` },
        { role: 'zoomIn', label: t`Larger` },
        { role: 'zoomOut', label: t`Smaller` },
        { type: 'separator' },
        { role: 'togglefullscreen', label: t`Full screen` },
      ],
    },
  ];
}
