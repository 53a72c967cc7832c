import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Hazard } from '../hazard.ts';

/** What times say, and what they do not. */
export const timesAndBytes: readonly Hazard[] = [
  {
    title: 'same size, newer by less than a second',
    prepare: ({ a }) => a.file('name', 'older', 0.2),
    afterwards: ({ a }) => a.file('name', 'newer', 0.7),
    seen: ({ b }) => (b.text('name') === 'newer' ? 'copied' : 'missed'),
    sifaka: {
      words: 'copied',
      rows: ['a→b update file name newer-within-threshold trashed'],
      a: { name: 'newer' },
      b: { name: 'newer' },
    },
  },
  {
    title: 'same size and time, other bytes',
    prepare: ({ a, b }) => {
      a.file('name', 'these');
      b.file('name', 'those');
    },
    seen: ({ a, b }, { clean }) =>
      a.text('name') === b.text('name') ? 'one side copied' : `missed${clean ? '' : ', said'}`,
    sifaka: { words: 'missed', rows: [], a: { name: 'these' }, b: { name: 'those' } },
  },
  {
    title: 'the same, when every file is read (`--checksum`, `-c`)',
    checksum: true,
    prepare: ({ a, b }) => {
      a.file('name', 'these');
      b.file('name', 'those');
    },
    seen: ({ a, b }, { says }) =>
      a.text('name') === b.text('name')
        ? 'one side copied over the other, unasked'
        : says.includes('other-bytes')
          ? 'both kept, named'
          : 'missed',
    sifaka: {
      words: 'both kept, named',
      rows: [],
      notices: ['a→b other-bytes name', 'b→a other-bytes name'],
      a: { name: 'these' },
      b: { name: 'those' },
    },
  },
  {
    title: 'the stale side says 2099',
    prepare: ({ a, b }) => {
      a.file('name', 'edited today', 3600);
      b.file('name', 'stale');
      b.time('name', Date.UTC(2099, 0, 1) / 1000 - b.base);
    },
    seen: ({ a, b }) =>
      a.text('name') === 'stale'
        ? 'stale wins'
        : b.text('name') === 'stale'
          ? 'both kept, named'
          : 'stale is overwritten',
    sifaka: {
      words: 'both kept, named',
      rows: [],
      notices: ['a→b future-time name', 'b→a future-time name'],
      a: { name: 'edited today' },
      b: { name: 'stale' },
    },
  },
  {
    title: 'both sides edited since they were the same',
    prepare: ({ a }) => a.file('name', 'first'),
    afterwards: ({ a, b }) => {
      a.file('name', 'edited on A', 100);
      b.file('name', 'edited on B', 200);
    },
    seen: ({ a, b }, { says }) => {
      const same = a.text('name') === b.text('name');
      if (!same) return 'both kept, not converged';
      return says.includes('conflict')
        ? 'newest wins, the other is in the trash and named'
        : 'newest wins, the other is gone';
    },
    sifaka: {
      words: 'newest wins, the other is in the trash and named',
      rows: ['b→a update file name newer conflict trashed'],
      notices: ['b→a conflict name'],
      a: { name: 'edited on B' },
      b: { name: 'edited on B' },
    },
  },
  {
    title: 'a time of .123456789 s',
    prepare: ({ a }) => {
      a.file('name', 'content');
      // utimes has no nanoseconds.
      execFileSync('touch', ['-d', `@${a.base}.123456789`, join(a.path, 'name')]);
    },
    seen: ({ a, b }) => {
      const [here, there] = [a, b].map(({ path }) => statSync(`${path}/name`, { bigint: true }).mtimeNs);
      if (here === undefined || there === undefined) return 'nothing';
      const difference = here > there ? here - there : there - here;
      return difference === 0n ? 'exact' : difference < 1000n ? 'within a microsecond' : 'cut';
    },
    sifaka: { words: 'within a microsecond', rows: ['a→b create file name missing'] },
  },
  {
    title: 'the same bytes under another time',
    prepare: ({ a, b }) => {
      a.file('name', 'content', 1);
      b.file('name', 'content');
    },
    seen: ({ a, b }) =>
      statSync(`${a.path}/name`).mtimeMs === statSync(`${b.path}/name`).mtimeMs &&
      readFileSync(`${b.path}/name`, 'utf8') === 'content'
        ? 'the time is set'
        : 'two times',
    sifaka: { words: 'the time is set', rows: [] },
  },
];
