import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { syncPairsFileSchema } from '../../../shared/schemas/sync-pairs.ts';
import { startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { put, SyncDesk } from './sync-desk.ts';

const guide = readFileSync(
  join(import.meta.dirname, '../../../docs/guide/keep-two-folders-in-sync.md'),
  'utf8',
);

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(guide)?.[1] ?? '';
}

test('the rights that the guide grants are all that a run needs, for its tables and for those of the older tool', async (context) => {
  requireTools(context, 'mariadbd');
  const server = await startMariaDb();
  try {
    const statements = block('sql').split(';\n').filter(Boolean);
    expect(statements).toHaveLength(3);
    await server.ask(
      `DROP DATABASE ${server.database}`,
      `DROP USER '${server.user}'@'127.0.0.1'`,
      ...statements,
    );
    const dsn = server.dsn().replace(server.password, 'a password of yours');
    using desk = await new SyncDesk().init();
    const run = async () => (await desk.run(desk.request(), { ports: desk.ports({ dsn }) })).report;
    put(desk.a, 'one.txt', 'one');
    expect([(await run()).recorded, desk.notes]).toEqual(['stored', []]);
    await server.empty();
    const older = readFileSync(join(import.meta.dirname, 'specified-tables.sql'), 'utf8');
    const tables = older.split(';').filter((statement) => statement.trim() !== '');
    await server.ask(`USE ${server.database}`, ...tables);
    put(desk.a, 'two.txt', 'two');
    expect([(await run()).recorded, desk.notes]).toEqual(['stored', []]);
  } finally {
    await server.stop();
  }
});

test('the pairs file of the guide is one', () => {
  expect(syncPairsFileSchema.parse(parse(block('yaml')))).toMatchObject({
    databaseSecret: 'sync-database',
    pairs: { media: { sides: { dell: '/mnt/dell/media', hp: '/mnt/hp/media' } } },
  });
});
