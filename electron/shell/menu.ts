import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { type PlainPage, plainPageAddress, plainPages } from '../../shared/pages.ts';
import { plainWords } from './plain-words.ts';

export interface MenuActions {
  chooseLab(): void;
  openLab(path: string): void;
  /** Opens the page at an address, as in `#/jobs`. */
  show(address: string): void;
}

const pageLabels: Record<PlainPage, string> = {
  today: 'Today',
  cards: 'Recovery cards',
  jobs: 'Jobs',
  logbook: 'Logbook',
  lab: 'Lab',
  log: 'Log',
};

/** The application menu. What it shows of labs is their folders' names. */
export function menuTemplate(
  actions: MenuActions,
  recentLabs: readonly string[],
  platform: NodeJS.Platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const recent: MenuItemConstructorOptions[] = recentLabs.map((path) => ({
    label: plainWords(`${basename(path)} — ${path}`),
    click: () => actions.openLab(path),
  }));
  return [
    ...(isMac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        { label: 'Open lab folder…', accelerator: 'CmdOrCtrl+O', click: () => actions.chooseLab() },
        {
          label: 'Open recent lab',
          enabled: recent.length > 0,
          submenu: recent,
        },
        { type: 'separator' },
        { role: 'close' },
        ...(isMac ? [] : [{ role: 'quit' as const, accelerator: 'Ctrl+Q' }]),
      ],
    },
    { role: 'editMenu' },
    {
      label: '&Go',
      submenu: plainPages.map((page, index) => ({
        label: pageLabels[page],
        accelerator: `CmdOrCtrl+${index + 1}`,
        click: () => actions.show(plainPageAddress(page)),
      })),
    },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
  ];
}
