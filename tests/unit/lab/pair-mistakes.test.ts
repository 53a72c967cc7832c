import { describe, expect, it } from 'vitest';
import { parsePairs } from '../../../electron/services/lab/known-files.ts';
import { Problem, type ProblemRecord } from '../../../shared/problem.ts';
import { directionsOf } from '../../../shared/sync-directions.ts';

const right = `# Ours.
schema: sifaka.sync-pairs/1
logFolder: /var/log/ha-sync
databaseSecret: sync-database
pairs:
  media:
    sides: {dell: /mnt/dell/media, hp: /mnt/hp/media}
    deleteMissing: dell-to-hp
  infra:
    sides:
      dell: /mnt/dell/infra
      hp: 'D:\\infra'
    maxDeletePercent: 10
`;
const file = 'sync/pairs.yaml';

function problemOf(text: string): ProblemRecord | undefined {
  try {
    parsePairs(file, Buffer.from(text));
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.toRecord();
    throw error;
  }
}

describe('a file of pairs', () => {
  it('that is right is read, with the defaults of the command', () => {
    const { value } = parsePairs(file, Buffer.from(right));
    expect(value.pairs['infra']).toMatchObject({
      maxDeletePercent: 10,
      mtimeThresholdSeconds: 2,
      workers: 4,
      lockTtlSeconds: 3600,
      trashRetainDays: 30,
    });
  });

  it('has two directions for each pair, of which one may delete', () => {
    const { media } = parsePairs(file, Buffer.from(right)).value.pairs;
    const [src, dest] = ['/mnt/dell/media', '/mnt/hp/media'];
    expect(media && directionsOf(media)).toEqual([
      { name: 'dell-to-hp', from: 'dell', to: 'hp', src, dest, deleteMissing: true },
      { name: 'hp-to-dell', from: 'hp', to: 'dell', src: dest, dest: src, deleteMissing: false },
    ]);
  });

  it.each([
    [
      'a third side',
      'hp: /mnt/hp/media}',
      'hp: /mnt/hp/media, nas: /mnt/nas}',
      7,
      'must name exactly two sides',
    ],
    ['one side', ', hp: /mnt/hp/media}', '}', 7, 'pairs.media.sides must name exactly two sides'],
    ['a relative folder', '/mnt/hp/media', 'media', 7, 'pairs.media.sides.hp must be an absolute path'],
    ['a log folder of the lab', '/var/log/ha-sync', 'logs', 3, 'logFolder must be an absolute path'],
    ['a side that reads as a direction', 'hp: /mnt/hp/m', 'x-to-y: /mnt/hp/m', 7, 'must not contain -to-'],
    ['a pair that no Lease can be called', 'media:', 'Media:', 6, 'must be lower-case letters'],
    ['deletions in no direction', 'dell-to-hp', 'dell-to-nas', 8, 'must be dell-to-hp or hp-to-dell'],
    [
      'one folder twice',
      '/mnt/hp/media',
      '/mnt/dell/media/',
      7,
      'is the folder of the side dell of this pair',
    ],
    [
      'a folder in the other',
      '/mnt/hp/media',
      '/mnt/dell/media/new',
      7,
      'lies in the side dell of this pair',
    ],
    [
      'a folder over another pair’s',
      '/mnt/dell/infra',
      '/mnt/dell',
      11,
      'has in it the side dell of the pair media',
    ],
    [
      'the same by another way',
      '/mnt/hp/media',
      '/mnt/hp/../dell//media',
      7,
      'is the folder of the side dell',
    ],
    ['a share of more than all', 'Percent: 10', 'Percent: 110', 13, 'pairs.infra.maxDeletePercent'],
    ['an unknown key', 'maxDeletePercent', 'maxDelete', 13, 'maxDelete is not a key that is known here'],
    [
      'an address with its password',
      'sync-database',
      'u:p@tcp(db)/x',
      4,
      'databaseSecret is not right: use lower-case letters',
    ],
    ['a newer schema', 'sync-pairs/1', 'sync-pairs/2', undefined, 'is written for a newer Sifaka'],
  ])('with %s names the line and the fix', (_what, from, to, line, words) => {
    expect(right).toContain(from);
    const problem = problemOf(right.replace(from, to));
    expect(problem?.code).toBe(line === undefined ? 'LAB_SCHEMA_NEWER' : 'LAB_FILE_INVALID');
    expect([problem?.what, ...(problem?.more ?? [])].join('\n')).toContain(words);
    expect(problem?.where).toEqual({ file, ...(line && { line, column: expect.any(Number) }) });
  });

  it('never shows what stands where a password may be', () => {
    const problem = problemOf(right.replace('sync-database', 'user:hunter2@tcp(db:3306)/x'));
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
});
