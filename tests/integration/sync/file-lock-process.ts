import { takeFileLock } from '../../../electron/services/sync/lock/file-lock.ts';

/** Takes the lock of a pair, says so, and holds it until it is killed. `node file-lock-process.ts FOLDER PAIR HOLDER`. */
const [logDir = '', pair = '', holder = ''] = process.argv.slice(2);
await takeFileLock({ pair, holder, logDir, ttlSeconds: 3600 }, { signal: new AbortController().signal });
console.log('held');
setInterval(() => undefined, 1000);
