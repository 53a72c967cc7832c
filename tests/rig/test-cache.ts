import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder that outlives the run, for what is dear to make and may go at any time. SIFAKA_TEST_CACHE moves it. */
export function testCache(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['SIFAKA_TEST_CACHE'] ?? join(caches, 'sifaka-tests');
}
