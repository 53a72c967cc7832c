import { join } from 'node:path';
import { app, dialog, session } from 'electron';
import { asProblem } from '../shared/problem.ts';
import { openServices, type Services } from './hosts/open-services.ts';
import { serveElectronPort } from './hosts/port.ts';
import { chooseLab } from './shell/choose-lab.ts';
import { finishJobs } from './shell/finish-jobs.ts';
import { labFromArguments, windowObstacle } from './shell/launch.ts';
import { setupNavigation, setupPermissions } from './shell/permissions.ts';
import { setupPagePort } from './shell/page-port.ts';
import { declareProtocol, setupProtocol } from './shell/protocol.ts';
import { openWindow } from './shell/window.ts';

/** Of the built app: this file is out/main/main.js. */
const built = join(import.meta.dirname, '..');

async function start(): Promise<void> {
  await app.whenReady();
  const lab = labFromArguments(process.argv, process.env) ?? (await chooseLab());
  if (lab === undefined) return app.quit();
  setupPermissions(session.defaultSession);
  setupProtocol(session.defaultSession, join(built, 'renderer'));
  const services = await openServices({ lab });
  setupClosing(services);
  const serve = serveElectronPort(services);
  setupPagePort((port) => serve(port));
  await openWindow(join(built, 'preload', 'preload.cjs'));
}

/**
 * Closing the last window ends the app when what runs has ended: the page says that a burn goes on without it. Quitting
 * (menu, signal, end of the session) cancels, and waits until every journal has its last line.
 */
function setupClosing(services: Services): void {
  let closed = false;
  app.on('window-all-closed', () => {
    void finishJobs(services.jobs).finally(() => app.quit());
  });
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void services.close().finally(() => {
      closed = true;
      app.quit();
    });
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

const obstacle = windowObstacle(process.platform, process.getuid?.());
if (obstacle === undefined) {
  app.enableSandbox();
  declareProtocol();
  setupNavigation();
  start().catch(fail);
} else {
  console.error(obstacle);
  app.exit(1);
}
