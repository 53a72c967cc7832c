import { runHaSync } from './ha-sync-program.ts';

await runHaSync(process.argv.slice(2));
