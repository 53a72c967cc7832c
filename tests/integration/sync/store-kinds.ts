import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import type { AuditStore } from '../../../electron/services/sync/store/audit-store.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { type MariaDb, startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';

export const kinds = ['node:sqlite', 'MariaDB'] as const;

/** A database of one kind for the tests of a file, empty for each `fresh` one. */
export interface StoreKind {
  require(context: TestContext): void;
  /** An empty database, and a log folder of its own. */
  fresh(): Promise<FreshStore>;
}

export interface FreshStore {
  readonly logDir: string;
  readonly dsn: string | undefined;
  /** One more store on the same database, as another run has it. */
  readonly open: (options?: { readonly readOnly?: boolean; readonly now?: Date }) => AuditStore;
}

export function useStoreKind(kind: (typeof kinds)[number]): StoreKind {
  let server: MariaDb | undefined;
  const opened: AuditStore[] = [];
  const folders: string[] = [];
  beforeAll(async () => {
    if (kind === 'MariaDB' && isOnPath('mariadbd')) server = await startMariaDb();
  });
  afterAll(async () => {
    for (const store of opened) await store.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    await server?.stop();
  });
  return {
    require(context) {
      if (kind === 'MariaDB') requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    },
    async fresh() {
      await server?.empty();
      const logDir = mkdtempSync(join(tmpdir(), 'sifaka-store-'));
      folders.push(logDir);
      const dsn = server?.dsn();
      return {
        logDir,
        dsn,
        open({ readOnly = false, now = new Date() } = {}) {
          const store = openAuditStore({ dsn, logDir, clock: { now: () => now }, readOnly });
          opened.push(store);
          return store;
        },
      };
    },
  };
}
