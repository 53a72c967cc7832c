import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flushLeftovers } from '../../../electron/services/sync/runs/flush.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';

const clock = { now: () => new Date('2026-11-21T12:00:00.000Z') };

/** All tables in two files, of which the second may not grow beyond this. */
function filesUpTo(most: string): string[] {
  return [
    '--innodb-file-per-table=OFF',
    `--innodb-data-file-path=ibdata1:12M;more:8M:autoextend:max:${most}`,
  ];
}

describe('a full database', () => {
  it('takes nothing half, and everything once there is room', async (context) => {
    requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    const logDir = mkdtempSync(join(tmpdir(), 'sifaka-flush-'));
    // The server's own limit, which it meets as it meets a full disk.
    const server = await startMariaDb({ settings: filesUpTo('12M') });
    try {
      const iteration = makeIteration();
      const operations = makeOperations(iteration, 40_000);
      const writer = await createOpslog({ logDir, iteration });
      await writer.append(operations);
      await writer.close();
      const store = openAuditStore({ dsn: server.dsn(), logDir, clock });
      const report = await flushLeftovers({ logDir, pair: 'media', store, clock });
      expect(report).toMatchObject({
        flushed: [],
        kept: [
          { problem: { code: 'SYNC_STORE_UNAVAILABLE', what: expect.stringContaining('its disk is full') } },
        ],
      });
      expect(readdirSync(logDir)).toHaveLength(2);
      const [row] = await server.ask('USE general_db', 'SELECT COUNT(*) AS some FROM sync_operations');
      // Whole batches of those before.
      expect(Number(row?.['some']) % 2000).toBe(0);
      expect(row?.['some']).toBeGreaterThan(0);
      await server.restart(filesUpTo('200M'));
      expect(await flushLeftovers({ logDir, pair: 'media', store, clock })).toMatchObject({
        flushed: [{ operations: operations.length }],
        kept: [],
      });
      const [all] = await server.ask(
        'USE general_db',
        'SELECT COUNT(*) AS all_rows, COUNT(DISTINCT operation_uid) AS uids FROM sync_operations',
      );
      expect(all).toEqual({ all_rows: operations.length, uids: operations.length });
      expect(readdirSync(logDir)).toEqual([]);
      await store.close();
    } finally {
      await server.stop();
      rmSync(logDir, { recursive: true, force: true });
    }
  });
});
