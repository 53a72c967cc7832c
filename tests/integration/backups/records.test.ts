import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBackupRecords } from '../../../electron/services/backups/records/backup-records.ts';
import { backupRecordSchema } from '../../../shared/schemas/backup-record.ts';
import { problemOf, type TestLab, wholeLab, withLab } from '../lab/lab-fixtures.ts';

const file = 'backups/backups.json';

function recordOf(id: string, startedAt = '2026-11-20T14:00:00Z') {
  return backupRecordSchema.parse({
    id,
    guest: { pveCluster: 'madagascar', type: 'qemu', vmid: 100, node: 'baobab' },
    by: 'operator',
    method: 'vzdump',
    mode: 'snapshot',
    compress: 'zstd',
    storage: 'nas',
    startedAt,
    endedAt: startedAt,
    outcome: 'made',
  });
}

async function recordsOf(folder: TestLab) {
  return createBackupRecords({ lab: await folder.open({ lockWaitMilliseconds: 60_000 }) });
}

test('a record is added, found, and changed as it is on the disk then; the newest comes first', () =>
  withLab(wholeLab, async (folder) => {
    const records = await recordsOf(folder);
    expect(await records.all()).toEqual([]);
    const [older, newer] = [randomUUID(), randomUUID()];
    const entry = { project: 'backups', summary: 'Backed up baobab/100' };
    await records.put(newer, () => recordOf(newer), entry);
    // An agent's, that is taken in later.
    await records.put(older, () => recordOf(older, '2026-11-19T14:00:00+01:00'));
    await records.put(older, (now) => ({ ...recordOf(older, now?.startedAt), warnings: ['slow'] }));
    expect((await records.all()).map(({ id }) => id)).toEqual([newer, older]);
    expect(await records.find(older)).toMatchObject({ warnings: ['slow'] });
    expect(await records.find(randomUUID())).toBeUndefined();
    const logbook = await (await folder.open()).logbook(10);
    expect(logbook.map(({ summary }) => summary)).toEqual(['Backed up baobab/100']);
  }));

test('what this program does not know of a file or a record stays; what a change takes away goes', () =>
  withLab(wholeLab, async (folder) => {
    const id = randomUUID();
    const record = { ...recordOf(id), pruneFailed: 'no right', ticket: 7 };
    await folder.write(file, JSON.stringify({ schema: 'sifaka.backups/1', owner: 'ops', backups: [record] }));
    const records = await recordsOf(folder);
    await records.put(id, (now) => {
      const { pruneFailed: _, ...rest } = now ?? recordOf(id);
      return { ...rest, warnings: ['later'] };
    });
    const after = JSON.parse(await folder.read(file));
    expect(after).toMatchObject({ owner: 'ops', backups: [{ ticket: 7, warnings: ['later'] }] });
    expect(after.backups[0]).not.toHaveProperty('pruneFailed');
  }));

test('writers at the same time lose nothing of each other', () =>
  withLab(wholeLab, async (folder) => {
    const writers = await Promise.all([1, 2, 3].map(() => recordsOf(folder)));
    const id = randomUUID();
    await writers[0]?.put(id, () => recordOf(id));
    await Promise.all(
      writers.flatMap((records, writer) =>
        Array.from({ length: 10 }, (_, turn) =>
          records.put(id, (now) => ({
            ...(now ?? recordOf(id)),
            warnings: [...(now?.warnings ?? []), `${writer}/${turn}`],
          })),
        ),
      ),
    );
    expect((await writers[1]?.find(id))?.warnings).toHaveLength(30);
  }));

test('a mistake is named with its line, and nothing is written over it', () =>
  withLab(wholeLab, async (folder) => {
    const damaged = { schema: 'sifaka.backups/1', backups: [{ ...recordOf(randomUUID()), by: 'cron' }] };
    const wrong = JSON.stringify(damaged, undefined, 2);
    await folder.write(file, wrong);
    const records = await recordsOf(folder);
    const line = wrong.split('\n').findIndex((text) => text.includes('"by"')) + 1;
    const id = randomUUID();
    const attempts = [records.all(), records.put(id, () => recordOf(id))];
    for (const attempt of attempts) {
      expect(await problemOf(attempt)).toMatchObject({ code: 'LAB_FILE_INVALID', where: { file, line } });
    }
    expect(await folder.read(file)).toBe(wrong);
    await folder.write(file, JSON.stringify({ schema: 'sifaka.backups/9', backups: [] }));
    expect(await problemOf(records.all())).toMatchObject({ code: 'LAB_SCHEMA_NEWER' });
  }));
