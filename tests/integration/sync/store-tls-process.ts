/** Asks the database of its DSN, which comes by the environment, and says what came of it. */
import { asProblem } from '../../../shared/problem.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';

const store = openAuditStore({
  dsn: process.env['DSN'],
  logDir: '/nowhere',
  clock: { now: () => new Date() },
});
try {
  process.stdout.write(`rows ${(await store.iterations({ limit: 1 })).length}`);
} catch (error) {
  process.stdout.write(asProblem(error)?.data.what ?? String(error));
}
await store.close();
