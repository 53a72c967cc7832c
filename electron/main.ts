import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { t } from '@lingui/core/macro';
import { app, session } from 'electron';
import { asProblem } from '../shared/problem.ts';
import { openDesktopMemory, userDataFolder } from './hosts/desktop-files.ts';
import { findUpdateChannel } from './hosts/update-channel.ts';
import { findResources } from './hosts/resources-folder.ts';
import { addressOfLink } from './shell/app-link.ts';
import { chooseLab } from './shell/choose-lab.ts';
import { Desktop } from './shell/desktop.ts';
import { speak, speakSystemLanguage } from './shell/language.ts';
import { windowObstacle } from './shell/launch.ts';
import { lookForUpdates } from './shell/look-for-updates.ts';
import { setupPagePort } from './shell/page-port.ts';
import { setupNavigation, setupPermissions } from './shell/permissions.ts';
import { declareProtocol, setupProtocol } from './shell/protocol.ts';
import { reportFailure } from './shell/report-failure.ts';
import { parseWish, type Wish, wishOf } from './shell/wish.ts';

/** Of the built app: this file is out/main/main.js. */
const built = join(import.meta.dirname, '..');
/** The same as electron-builder.yml's: Windows knows the app's notifications and its place in the taskbar by it. */
const appId = 'io.github.sifaka.desk';

function begin(): void {
  speak('en');
  const obstacle = windowObstacle(
    process.platform,
    process.getuid?.(),
    app.isPackaged && app.commandLine.hasSwitch('no-sandbox'),
  );
  if (obstacle !== undefined) {
    console.error(obstacle);
    return app.exit(1);
  }
  app.setPath('userData', userDataFolder());
  if (process.platform === 'win32') app.setAppUserModelId(appId);
  const wish = wishOf(process.argv, process.env);
  if (!app.requestSingleInstanceLock({ ...wish })) return app.exit(0);
  app.enableSandbox();
  declareProtocol();
  setupNavigation();
  start(wish).catch(fail);
}

async function start(first: Wish): Promise<void> {
  let desktop: Desktop | undefined;
  let wish = first;
  // From the first moment on: a second start, and a link of macOS, may come before there is anything to show.
  const wanted = (next: Wish) => {
    if (desktop === undefined) wish = { lab: next.lab ?? wish.lab, address: next.address ?? wish.address };
    else if (next.lab === undefined) desktop.open(next.address);
    else desktop.openLab(next.lab);
  };
  app.on('second-instance', (_event, _argv, _folder, data) => wanted(parseWish(data)));
  app.on('open-url', (event, link) => {
    event.preventDefault();
    wanted({ address: addressOfLink(link) });
  });
  await app.whenReady();
  speakSystemLanguage();
  const memory = await openDesktopMemory();
  setupPermissions(session.defaultSession);
  setupProtocol(session.defaultSession, join(built, 'renderer'));
  const trayIcon = join(findResources(import.meta.dirname) ?? '', 'icons', 'tray.png');
  const updates = await findUpdateChannel(process.resourcesPath);
  const made = new Desktop(
    {
      preload: join(built, 'preload', 'preload.cjs'),
      trayIcon,
      lookForUpdates: updates && (() => void lookForUpdates(updates)),
    },
    memory,
  );
  setupPagePort((port) => made.serve(port));
  const asked = wish;
  const { recentLabs } = await memory.read();
  const last = recentLabs.find((path) => existsSync(path));
  if (wish.lab !== undefined) await made.start(wish.lab, wish.address);
  else if (!(await openedLast(made, last, wish.address))) {
    const chosen = await chooseLab();
    if (chosen === undefined) return app.quit();
    await made.start(chosen, wish.address);
  }
  desktop = made;
  if (wish !== asked) wanted(wish);
}

/** A lab that is only remembered and cannot be opened is no reason to give up. */
async function openedLast(desktop: Desktop, lab: string | undefined, address: string | undefined) {
  if (lab === undefined) return false;
  try {
    await desktop.start(lab, address);
    return true;
  } catch (error) {
    if (asProblem(error) === undefined) throw error;
    await reportFailure(error, t`Sifaka could not start.`);
    return false;
  }
}

async function fail(error: unknown): Promise<void> {
  try {
    await reportFailure(error, t`Sifaka could not start.`);
  } finally {
    app.exit(1);
  }
}

try {
  begin();
} catch (error) {
  void fail(error);
}
