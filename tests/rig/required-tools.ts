import { accessSync, appendFileSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/**
 * Skips a test loudly when a program it needs is missing: the run lists it at its end (the file that SIFAKA_UNPROVEN
 * names), and where everything should be there (CI=true or SIFAKA_REQUIRE_ALL=1) it fails instead.
 */
export function requireTools(context: TestContext, ...names: string[]): void {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length > 0) unproven(context, `needs ${missing.join(', ')}`);
}

/** The same for what is no program: root, a file system, a port. */
export function unproven(context: TestContext, reason: string): never {
  const line = `${context.task.name}: ${reason}`;
  if (process.env['CI'] === 'true' || process.env['SIFAKA_REQUIRE_ALL'] === '1') throw new Error(line);
  const list = process.env['SIFAKA_UNPROVEN'];
  if (list) appendFileSync(list, `${line}\n`);
  return context.skip(line);
}

export function isOnPath(name: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
