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
  const show = (running: readonly RunningJob[]) => {
    tray.setToolTip(trayWords(running));
    const jobs = running.map((job) => ({
      label: jobWords(job),
      click: () => actions.open(job.address),
    }));
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Open Sifaka', click: () => actions.open() },
        { type: 'separator' },
        ...(jobs.length > 0 ? jobs : [{ label: 'Nothing runs', enabled: false }]),
        { type: 'separator' },
        { label: 'Quit', click: () => actions.quit() },
      ]),
    );
  };
  show([]);
  return { show };
}

function trayWords(running: readonly RunningJob[]): string {
  const [first] = running;
  if (first === undefined) return 'Sifaka';
  return running.length === 1 ? `Sifaka: ${jobWords(first)}` : `Sifaka: ${running.length} jobs run`;
}

function jobWords({ title, share }: RunningJob): string {
  const words = plainWords(title);
  return share === undefined ? words : `${words} · ${Math.floor(share * 100)} %`;
}
