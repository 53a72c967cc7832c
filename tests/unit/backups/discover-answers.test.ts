import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../../electron/services/backups/discover/answer-parts.ts';
import { guestsInResources } from '../../../electron/services/backups/discover/cluster-resources.ts';
import { clusterNameIn, versionIn } from '../../../electron/services/backups/discover/cluster-status.ts';
import { configurationsIn } from '../../../electron/services/backups/discover/guest-configurations.ts';
import { guestsInPctList, guestsInQmList } from '../../../electron/services/backups/discover/guest-lists.ts';
import { routeIn } from '../../../electron/services/backups/discover/node-routes.ts';
import {
  storagesInJson,
  storagesInStatus,
  storagesOfConfiguration,
} from '../../../electron/services/backups/discover/node-storages.ts';
import {
  archivesInContent,
  archivesInFolder,
} from '../../../electron/services/backups/discover/storage-archives.ts';
import { zonedTime } from '../../../shared/zoned-time.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('an answer', () => {
  const whole = [
    'sifaka-backup-facts/1',
    'clock 100',
    'user 0',
    'node baobab',
    `guests 0 ${base64('[]')}`,
    `content-nas 255 ${base64('WARN\nno such storage\n')}`,
    'content-old late ',
    'clock 103',
    'end',
    '',
  ];

  it('is read part by part', () => {
    const answer = answerOf(Buffer.from(whole.join('\n')));
    expect(answer).toMatchObject({ began: 100, ended: 103, user: 0, node: 'baobab' });
    expect([...(answer?.parts ?? [])]).toEqual([
      ['guests', { kind: 'said', text: '[]', bytes: 2 }],
      ['content-nas', { kind: 'failed', code: 255, why: 'no such storage' }],
      ['content-old', { kind: 'late' }],
    ]);
    const none = ['sifaka-backup-facts/1', 'clock 1', 'user 0', 'other libvirt', 'clock 1', 'end', ''];
    expect(answerOf(Buffer.from(none.join('\n')))).toEqual({
      began: 1,
      ended: 1,
      user: 0,
      other: 'libvirt',
      parts: new Map(),
    });
  });

  it.each([
    ['without its end', whole.slice(0, -2)],
    ['with something after it', [...whole.slice(0, -1), 'guests 0 ', '']],
    ['with a part twice', whole.toSpliced(4, 0, 'guests 0 ')],
    ['with a name that is none', whole.with(3, 'node ../etc')],
    ['of another kind', whole.with(0, 'sifaka-bridge-facts/1')],
    ['with something else than base64', whole.with(4, 'guests 0 \u001b[2J')],
    ['with a clock that is none', whole.with(1, 'clock now')],
    ['without Proxmox and with guests', whole.with(3, 'other none')],
    [
      'of thousands of lines',
      whole.toSpliced(4, 0, ...Array.from({ length: 1000 }, (_, index) => `content-a${index} late `)),
    ],
  ])('%s is not believed', (_what, lines) => {
    expect(answerOf(Buffer.from(lines.join('\n')))).toBeUndefined();
  });
});

describe('whatever a node says', () => {
  const listing = { storage: 'nas', nodeTime: 1_795_000_000, zone: zonedTime('UTC') };
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    resources: (text) => guestsInResources(text),
    storages: (text) => storagesInJson(text),
    content: (text) => archivesInContent(text, listing),
    folder: (text) => archivesInFolder(text, listing, new Set()),
    qm: (text) => guestsInQmList(text, 'baobab'),
    pct: (text) => guestsInPctList(text, 'baobab'),
    configurations: (text) => configurationsIn(text, 'qemu'),
    status: (text) => storagesInStatus(text, storagesOfConfiguration(text)),
    cluster: (text) => clusterNameIn(text),
    version: (text) => versionIn(text),
    route: (text) => routeIn(text, {}),
    answer: (text) => answerOf(Buffer.from(text)),
  };
  const words = fc.constantFrom(
    '100',
    '.conf:',
    'name: ',
    '[',
    '{"volid":"nas:backup/',
    'vzdump-qemu-100-',
    '"}',
    ']',
    '\n',
    '\0',
    ' ',
    '\u001b[2J',
    '\u202e',
    '9'.repeat(400),
    'size=',
    'f 1 1 ',
    '\t',
    '","ctime":',
    '1e999',
    '-1',
    'scsi0: ',
    'clock 1',
    'end',
    '💾',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    fc
      .array(
        fc.dictionary(
          fc.constantFrom(
            'volid',
            'type',
            'vmid',
            'node',
            'storage',
            'size',
            'ctime',
            'name',
            'notes',
            'tags',
            'status',
            'dev',
            'total',
          ),
          fc.oneof(fc.jsonValue(), words, fc.constantFrom('qemu', 'nas', 100)),
        ),
      )
      .map((rows) => JSON.stringify(rows)),
  );

  it.each(Object.keys(parsers))('%s: nothing of it is an error, or leaves its line', (name) => {
    fc.assert(
      fc.property(texts, (text) => {
        const found = parsers[name]?.(text);
        if (name === 'answer') return;
        for (const value of strings(found)) {
          // A volume id or a name is either as it is or not there at all.
          expect(value).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
          expect(value.length).toBeLessThanOrEqual(600);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
