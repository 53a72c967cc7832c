import { describe, expect, it } from 'vitest';
import { planRetention } from '../../../shared/retention.ts';
import type { Keep } from '../../../shared/schemas/backup-policy.ts';
import type { RetentionRow } from '../../../shared/schemas/retention.ts';
import { keepNothing } from './retention-oracle.ts';

const day = 86_400;
const hour = 3600;
/** 2020-01-01 12:18:21 UTC. */
const noon = 1_577_881_101;

function marks(rows: readonly RetentionRow[], keep: Partial<Keep>, timezone = 'UTC'): string[] {
  return planRetention(rows, { keep: { ...keepNothing, ...keep }, timezone }).map(({ mark }) => mark);
}

function row(ctime: number, more: Partial<RetentionRow> = {}): RetentionRow {
  const { vmid = 100, type = 'qemu' } = more;
  const time = new Date(ctime * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '_').replace('T', '-');
  return { volid: `nas:backup/vzdump-${type}-${vmid}-${time}.vma.zst`, type, vmid, ctime, ...more };
}

const at = (time: string, more: Partial<RetentionRow> = {}) => row(Date.parse(time) / 1000, more);

const list = (vmid: number): RetentionRow[] => [
  row(noon - 585 * day - hour, { vmid }),
  row(noon - day - hour, { vmid }),
  row(noon - day - hour + 30, { vmid, protected: true }),
  row(noon - day - hour + 60, { vmid }),
  row(noon - hour, { vmid }),
  row(noon, { vmid }),
  row(noon, { vmid, type: 'lxc' }),
  row(1234, { vmid, volid: `nas:backup/vzdump-${vmid}-renamed.tar.zst` }),
];

/** The lists and outcomes of Proxmox's own test (pve-storage 0c56bad8, src/test/prune_backups_test.pm). */
describe('the cases of prune_backups_test.pm', () => {
  const [no, yes] = ['remove', 'keep'];
  it.each<[Partial<Keep>, string[]]>([
    [{ last: 3 }, [no, no, yes, yes, yes, yes]],
    [{ weekly: 2 }, [yes, no, no, no, yes, yes]],
    [{ daily: 1, weekly: 1, monthly: 1 }, [yes, no, yes, no, yes, yes]],
    [{ hourly: 4 }, [yes, no, yes, yes, yes, yes]],
    [{ yearly: 2 }, [no, no, yes, no, yes, yes]],
    [{ last: 2, hourly: 2 }, [yes, no, yes, yes, yes, yes]],
    [{ last: 1, monthly: 2 }, [yes, no, yes, no, yes, yes]],
    [{ monthly: 3 }, [yes, no, yes, no, yes, yes]],
    [{ last: 1, daily: 1, weekly: 1 }, [yes, no, yes, no, yes, yes]],
    [{ daily: 2 }, [no, no, yes, no, yes, yes]],
    [{ weekly: 1, monthly: 1 }, [yes, no, no, no, yes, yes]],
    [{ weekly: 1, yearly: 1 }, [yes, no, no, no, yes, yes]],
    [{}, [yes, yes, yes, yes, yes, yes]],
  ])('%o', (keep, [first, second, third, fourth, fifth, container]) => {
    const expected = [first, second, 'protected', third, fourth, fifth, container, 'renamed'];
    expect(marks([...list(1234), ...list(9001)], keep)).toEqual([...expected, ...expected]);
  });

  it('a year before 2000', () => {
    const rows = [row(83, { type: 'lxc' }), row(60 * 60 * 24 * (365 * 100 + 25) + 60, { type: 'lxc' })];
    expect(marks(rows, { yearly: 1 })).toEqual(['remove', 'keep']);
  });

  it('a month that the archive of a week stands for already', () => {
    const rows = [row(noon - 7 * day), row(noon - day), row(noon)];
    expect(marks(rows, { daily: 1, weekly: 1, monthly: 1 })).toEqual(['keep', 'remove', 'keep']);
  });

  it('weeks from Monday to Sunday', () => {
    const rows = [337, 338, 341].map((days) => row(noon + days * day));
    expect(marks(rows, { daily: 1, weekly: 1 })).toEqual(['remove', 'keep', 'keep']);
  });
});

describe('the clocks of the time zone', () => {
  it('say which day it is', () => {
    const rows = [at('2026-11-19T22:30:00Z'), at('2026-11-19T23:30:00Z')];
    expect(marks(rows, { daily: 1 }, 'UTC')).toEqual(['remove', 'keep']);
    expect(marks(rows, { daily: 2 }, 'UTC')).toEqual(['remove', 'keep']);
    expect(marks(rows, { daily: 2 }, 'Europe/Berlin')).toEqual(['keep', 'keep']);
  });

  it('show one hour twice when they are put back, and it is one hour', () => {
    // 25 October 2026, 03:00 becomes 02:00 in Berlin.
    const rows = [at('2026-10-25T00:10:00Z'), at('2026-10-25T01:10:00Z'), at('2026-10-25T02:10:00Z')];
    expect(marks(rows, { hourly: 3 }, 'Europe/Berlin')).toEqual(['remove', 'keep', 'keep']);
    expect(marks(rows, { hourly: 3 }, 'UTC')).toEqual(['keep', 'keep', 'keep']);
  });

  it('may be half an hour beside the hour, and be put back by half an hour', () => {
    // 5 April 2026, 02:00 becomes 01:30 on Lord Howe.
    const rows = [at('2026-04-04T14:35:00Z'), at('2026-04-04T15:05:00Z'), at('2026-04-04T15:35:00Z')];
    expect(marks(rows, { hourly: 3 }, 'Australia/Lord_Howe')).toEqual(['remove', 'keep', 'keep']);
    expect(
      marks([at('2026-11-20T14:20:00Z'), at('2026-11-20T14:40:00Z')], { hourly: 9 }, 'Asia/Kolkata'),
    ).toEqual(['keep', 'keep']);
  });

  it('give a week to the year of its Thursday', () => {
    // 1 January 2027 is a Friday: it and 28 December 2026 are in week 53 of 2026; 4 January begins week 1 of 2027.
    const rows = [at('2026-12-28T12:00:00Z'), at('2027-01-01T12:00:00Z'), at('2027-01-04T12:00:00Z')];
    expect(marks(rows, { weekly: 2 })).toEqual(['remove', 'keep', 'keep']);
    expect(marks(rows, { yearly: 2 })).toEqual(['keep', 'remove', 'keep']);
  });

  it('skip a day that a country left out', () => {
    // Samoa went from 29 to 31 December 2011.
    const rows = [at('2011-12-30T09:59:59Z'), at('2011-12-30T10:00:00Z')];
    expect(marks(rows, { daily: 2 }, 'Pacific/Apia')).toEqual(['keep', 'keep']);
    expect(marks(rows, { daily: 2 }, 'UTC')).toEqual(['remove', 'keep']);
  });

  it('go on before 1970, and beyond what a date can hold', () => {
    const rows = [-1, -day - 1, -(10 ** 15), 10 ** 15, 9_007_199_254_740_991].map((ctime, index) => {
      const volid = `nas:backup/vzdump-qemu-100-2020_01_01-00_00_0${index}.vma.zst`;
      return row(0, { volid, ctime });
    });
    for (const timezone of ['UTC', 'Europe/Berlin', 'America/St_Johns']) {
      expect(marks(rows, { yearly: 3 }, timezone)).toEqual(['keep', 'remove', 'remove', 'keep', 'keep']);
      expect(marks(rows, { daily: 4 }, timezone)).toEqual(['keep', 'keep', 'remove', 'keep', 'keep']);
    }
  });
});

describe('what counts', () => {
  it('is of two archives of one second the first by name, whatever their order in the list', () => {
    const vma = row(noon);
    const tar = { ...vma, volid: vma.volid.replace('.vma.zst', '.tar.zst') };
    expect(marks([vma, tar], { last: 5 })).toEqual(['remove', 'keep']);
    expect(marks([tar, vma], { last: 5 })).toEqual(['keep', 'remove']);
  });

  it('is a period only once: what one option has removed, no later one keeps', () => {
    const rows = [at('2026-11-20T10:00:00Z'), at('2026-11-20T10:30:00Z'), at('2026-11-18T10:00:00Z')];
    expect(marks(rows, { hourly: 1, daily: 5 })).toEqual(['remove', 'keep', 'keep']);
    expect(marks(rows, { last: 1, hourly: 5 })).toEqual(['remove', 'keep', 'keep']);
  });

  it.each([
    'nas:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma',
    'nas:backup/vzdump-lxc-100-2026_11_20-14_00_00.tar.gz',
    'nas:backup/vzdump-openvz-100-2026_11_20-14_00_00.tgz',
    'vzdump-qemu-999999999-2024_02_29-23_59_59.tar.bz2',
    'local:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma.lzo',
  ])('is a name of the schema: %s', (volid) => {
    expect(marks([{ ...row(noon), volid }, row(noon + 1)], { last: 1 })).toEqual(['remove', 'keep']);
  });

  it.each([
    'nas:backup/vzdump-qemu-100-2026_11_20-14_00_00-old.vma.zst',
    'nas:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma.zst.bak',
    'nas:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma.xz',
    'nas:backup/vzdump-qemu-100-2026_13_20-14_00_00.vma.zst',
    'nas:backup/vzdump-qemu-100-2026_02_29-14_00_00.vma.zst',
    'nas:backup/vzdump-qemu-100-2026_11_20-24_00_00.vma.zst',
    'nas:backup/vzdump-qemu-99-2026_11_20-14_00_00.vma.zst',
    'nas:backup/vzdump-qemu-0100-2026_11_20-14_00_00.vma.zst',
    'nas:backup/my-vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
    'nas:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma.zst\n',
    'pbs:backup/vm/100/2026-11-20T14:00:00Z',
  ])('is no other name: %j', (volid) => {
    expect(marks([{ ...row(noon), volid }, row(noon + 1)], { last: 1 })).toEqual(['renamed', 'keep']);
    expect(marks([{ ...row(noon), volid, protected: true }], { last: 1 })).toEqual(['protected']);
  });
});
