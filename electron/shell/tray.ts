import { plural, t } from '@lingui/core/macro';
import { Menu, nativeImage, Tray } from 'electron';
import type { RunningJob } from './job-activity.ts';
import { plainWords } from './plain-words.ts';

export interface AppTray {
  show(running: readonly RunningJob[]): void;
}

/** The icon in the tray; a desktop that has no tray shows none, and a second start of the app opens the window. */
export function setupTray(icon: string, actions: { open(address?: string): void; quit(): void }): AppTray {
  const tray = new Tray(nativeImage.createFromPath(icon));
  tray.on('click', () => actions.open());
  let listed: string | undefined;
  const show = (running: readonly RunningJob[]) => {
    tray.setToolTip(trayWords(running));
    // A menu that is replaced while it is open closes; how far a job is stands in the tooltip alone.
    const ids = running.map(({ id }) => id).join(' ');
    if (ids === listed) return;
    listed = ids;
    const jobs = running.map(({ title, address }) => ({
      label: plainWords(title),
      click: () => actions.open(address),
    }));
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: t`Open Sifaka`, click: () => actions.open() },
        { type: 'separator' },
        ...(jobs.length > 0 ? jobs : [{ label: t`Nothing runs`, enabled: false }]),
        { type: 'separator' },
        { label: t`Quit`, click: () => actions.quit() },
      ]),
    );
  };
  show([]);
  return { show };
}

function trayWords(running: readonly RunningJob[]): string {
  const [first] = running;
  if (first === undefined) return 'Sifaka';
  const count = running.length;
  if (count > 1) return `Sifaka: ${plural(count, { one: '# job runs', other: '# jobs run' })}`;
  const percent = first.share === undefined ? '' : ` · ${Math.floor(first.share * 100)} %`;
  return `Sifaka: ${plainWords(first.title)}${percent}`;
}
