import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app, dialog, session } from 'electron';
import { asProblem } from '../shared/problem.ts';
import { findResources } from './hosts/resources-folder.ts';
import { openDesktopMemory } from './hosts/open-services.ts';
import { addressInArguments, addressOfLink, linkScheme } from './shell/app-link.ts';
import { chooseLab } from './shell/choose-lab.ts';
import { Desktop } from './shell/desktop.ts';
import { labFromArguments, windowObstacle } from './shell/launch.ts';
import { setupNavigation, setupPermissions } from './shell/permissions.ts';
import { setupPagePort } from './shell/page-port.ts';
import { declareProtocol, setupProtocol } from './shell/protocol.ts';

/** Of the built app: this file is out/main/main.js. */
const built = join(import.meta.dirname, '..');

async function start(): Promise<void> {
  let address = addressInArguments(process.argv);
  // macOS hands over a link as an event, maybe before the app is ready.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    address = addressOfLink(link);
  });
  await app.whenReady();
  const memory = await openDesktopMemory();
  const { recentLabs } = await memory.read();
  const last = recentLabs.find((path) => existsSync(path));
  const lab = labFromArguments(process.argv, process.env) ?? last ?? (await chooseLab());
  if (lab === undefined) return app.quit();
  setupPermissions(session.defaultSession);
  setupProtocol(session.defaultSession, join(built, 'renderer'));
  const trayIcon = join(findResources(import.meta.dirname) ?? '', 'icons', 'tray.png');
  const desktop = new Desktop({ preload: join(built, 'preload', 'preload.cjs'), trayIcon }, memory);
  setupPagePort((port) => desktop.serve(port));
  await desktop.start(resolve(lab), address);
  app.on('open-url', (_event, link) => desktop.open(addressOfLink(link)));
  app.on('second-instance', (_event, argv, folder) => {
    const other = labFromArguments(argv, {});
    if (other === undefined) desktop.open(addressInArguments(argv));
    else desktop.openLab(resolve(folder, other));
  });
}

function fail(error: unknown): void {
  const problem = asProblem(error);
  if (!problem) console.error(error);
  const message = problem
    ? `${problem.data.what}\n\n${problem.data.state}\n\n${problem.data.next}`
    : 'Sifaka could not start. What the program printed says why.';
  if (problem) console.error(`${problem.code}: ${message}`);
  dialog.showErrorBox('Sifaka', message);
  app.exit(1);
}

// Chromium's own files, and the lock of the one instance, lie where the app's other folders are.
const home = process.env['SIFAKA_HOME'];
if (home) app.setPath('userData', join(home, 'electron'));

const obstacle = windowObstacle(process.platform, process.getuid?.());
if (obstacle !== undefined) {
  console.error(obstacle);
  app.exit(1);
} else if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  declareProtocol();
  setupNavigation();
  // Elsewhere the package does it. What stands after `--` is no option of Chromium's.
  if (process.platform === 'win32' && app.isPackaged) {
    app.setAsDefaultProtocolClient(linkScheme, process.execPath, ['--']);
  }
  start().catch(fail);
} else {
  // The one that runs was told, and shows its window.
  app.exit(0);
}
