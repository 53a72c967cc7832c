import { describe, expect, it } from 'vitest';
import {
  type RestoreChoices,
  restoreRequest,
  targetOf,
} from '../../../renderer/stores/backup-restore-wizard.ts';
import { runRequest } from '../../../renderer/stores/backup-run-wizard.ts';
import { archiveChoices } from '../../../renderer/wizards/backups/archive-choices.ts';
import { removedWords } from '../../../renderer/wizards/backups/prune-words.ts';
import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { backupRequestSchema, restoreRequestSchema } from '../../../shared/schemas/backup-plans.ts';

const archive: ListedArchive = {
  id: 'storage:nas#a',
  place: 'storage:nas',
  name: 'a',
  guest: 'ebony/101',
  guestName: 'git',
  at: '2026-11-20T14:00:00Z',
  sizeBytes: 1,
  protected: false,
  state: 'checked',
};

const at = (id: string, more: Partial<ListedArchive>): ListedArchive => ({ ...archive, id, ...more });

describe('the request that the choices of a backup make', () => {
  it('names the guests in order, and nothing that is as the policy says', () => {
    const request = runRequest({ guests: ['ebony/101', 'baobab/100'], other: { mode: undefined } });
    expect(request).toEqual({ guests: ['baobab/100', 'ebony/101'] });
    expect(backupRequestSchema.parse(request)).toEqual(request);
  });

  it('says what is done in another way', () => {
    const other = { method: 'export', mode: 'stop', storage: 'local', bandwidthLimit: 1024 } as const;
    const request = runRequest({ guests: ['baobab/100'], other });
    expect(backupRequestSchema.parse(request)).toEqual({ guests: ['baobab/100'], ...other });
  });

  it('is none without a guest', () => expect(runRequest({ guests: [], other: {} })).toBeUndefined());
});

describe('the request that the choices of a restore make', () => {
  const choices: RestoreChoices = {
    archive,
    node: undefined,
    idChoice: 'free',
    otherId: undefined,
    storage: undefined,
    start: false,
    unique: undefined,
  };
  const known = { nodes: ['baobab', 'ebony'], taken: [100, 101, 103] };

  it('makes a new guest, on the node that it was on, with new addresses, unless it is told otherwise', () => {
    const request = restoreRequest(choices, known);
    expect(request).toEqual({
      archive: 'storage:nas#a',
      target: 'ebony/102',
      overwrite: false,
      start: false,
      unique: true,
    });
    expect(restoreRequestSchema.parse(request)).toEqual(request);
  });

  it('overwrites only the guest that the archive is of', () => {
    expect(restoreRequest({ ...choices, idChoice: 'original' }, known)).toMatchObject({
      target: 'ebony/101',
      overwrite: true,
      unique: false,
    });
    expect(restoreRequest({ ...choices, idChoice: 'other', otherId: 103 }, known)).toMatchObject({
      target: 'ebony/103',
      overwrite: false,
    });
  });

  it('takes another node when the one of the archive is gone or another is chosen', () => {
    const ghost = { ...archive, guest: 'lxc/150' };
    expect(targetOf({ ...choices, archive: ghost }, known)).toMatchObject({
      node: 'baobab',
      originalId: 150,
    });
    expect(targetOf({ ...choices, node: 'baobab' }, known).node).toBe('baobab');
    expect(targetOf({ ...choices, node: 'nobody' }, known).node).toBe('ebony');
  });

  it('is none while something is missing', () => {
    expect(restoreRequest({ ...choices, archive: undefined }, known)).toBeUndefined();
    expect(restoreRequest({ ...choices, idChoice: 'other' }, known)).toBeUndefined();
    expect(restoreRequest(choices, { ...known, nodes: [] })).toBeUndefined();
    expect(
      restoreRequest({ ...choices, archive: { ...archive, guest: '' }, idChoice: 'original' }, known),
    ).toBeUndefined();
  });
});

describe('the archives that are offered', () => {
  it('come with those that were proven first, each from the newest, and a copy after what lies on a storage', () => {
    const archives = [
      at('old proven', { state: 'proven', at: '2026-11-01T00:00:00Z' }),
      at('copy', { place: 'target:offsite' }),
      at('newest', {}),
      at('wrong', { state: 'failed', at: '2026-11-21T00:00:00Z' }),
      at('unread', { state: 'unchecked', at: '2026-11-21T00:00:00Z' }),
    ];
    const ids = ['old proven', 'newest', 'copy', 'unread', 'wrong'];
    expect(archiveChoices(archives, '').map(({ id }) => id)).toEqual(ids);
    expect(archiveChoices(archives.toReversed(), '').map(({ id }) => id)).toEqual(ids);
  });

  it('have a guest, and are there as a whole', () => {
    const archives = [
      at('no guest', { guest: '' }),
      at('half', { state: 'partial' }),
      at('gone', { state: 'gone' }),
    ];
    expect(archiveChoices(archives, '')).toEqual([]);
  });

  it('contain the text that is looked for', () => {
    const archives = [at('one', { notes: 'Before the Upgrade' }), at('two', {})];
    expect(archiveChoices(archives, ' upgrade ').map(({ id }) => id)).toEqual(['one']);
  });
});

describe('the words of a prune', () => {
  it('count what is removed, and not what is kept', () => {
    const planned = {
      id: 'storage:nas#a',
      place: 'storage:nas',
      name: 'a',
      type: 'qemu',
      vmid: 100,
      ctime: 1,
      sizeBytes: 15e9,
      mark: 'remove',
      rule: 'not-kept',
      why: '',
    } as const;
    const words = removedWords([planned, { ...planned, vmid: 101 }, { ...planned, vmid: 102, mark: 'keep' }]);
    expect(words.replaceAll('\u00a0', ' ')).toBe('2 archives of 2 guests (30.0 GB)');
  });
});
