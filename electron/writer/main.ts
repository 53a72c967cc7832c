import { connectToApp, type AppConnection } from './app-connection.ts';
import { runJob } from './run-job.ts';

/**
 * The elevated writer: `node writer.mjs <private folder>`, with the golden image as its standard input. It does one job
 * for the app that made the folder, and ends. See docs/architecture.md.
 */
async function main(): Promise<number> {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || more.length > 0) {
    console.error('The writer is started by Sifaka, with one private folder.');
    return 2;
  }
  let app: AppConnection;
  try {
    app = await connectToApp(folder);
  } catch {
    console.error('Sifaka does not wait for this writer any more. Nothing was written.');
    return 2;
  }
  // The app cancels, or is gone; a terminal's Ctrl-C is for the app alone.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  return (await runJob(app)) ? 0 : 1;
}

process.exitCode = await main();
