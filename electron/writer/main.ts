import { type AppConnection, connectToApp } from './app-connection.ts';
import { linuxSystem } from './linux-system.ts';
import { runJob } from './run-job.ts';
import { connectOverPipe } from './windows-connection.ts';
import { createWindowsSystem } from './windows-system.ts';
import type { WriterSystem } from './writer-system.ts';

/**
 * The elevated writer: `node writer.mjs <private folder>`, with the golden image as its standard input, or,
 * on Windows, named in that folder. It does one job for the app that made the folder, and ends. See docs/architecture.md.
 */
async function main(): Promise<number> {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || more.length > 0) {
    console.error('The writer is started by Sifaka, with one private folder.');
    return 2;
  }
  let app: AppConnection;
  let system: WriterSystem = linuxSystem;
  try {
    if (process.platform === 'win32') {
      const found = await connectOverPipe(folder);
      ({ app } = found);
      system = createWindowsSystem(found.imagePath);
    } else app = await connectToApp(folder);
  } catch {
    console.error('Sifaka does not wait for this writer any more. Nothing was written.');
    return 2;
  }
  // The app cancels, or is gone; a terminal's Ctrl-C is for the app alone.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  return (await runJob(app, system)) ? 0 : 1;
}

process.exitCode = await main();
