import { lstatSync, statSync, truncateSync } from 'node:fs';
import type { Hazard } from '../hazard.ts';
import type { World } from '../world.ts';
import { liveTree, place } from '../../../../rig/sync-property/snapshot.ts';

const oddNames = ['not\xff\xfeutf8', 'new\nline', 'space at the end ', 'x'.repeat(255)];

/** So that one of them is not half of all. */
function others({ a, b }: World): void {
  for (const side of [a, b]) for (let index = 0; index < 10; index++) side.file(`other ${index}`, 'the same');
}

/** Files that become folders, links, and names that somebody once had a bad day with. */
export const kindsAndNames: readonly Hazard[] = [
  {
    title: 'a file became a folder',
    prepare: (world) => {
      const { a, b } = world;
      others(world);
      a.file('name/inside', 'new', 100);
      b.file('name', 'old');
    },
    seen: ({ a, b }, { exit }) =>
      b.text('name/inside') === 'new' && a.text('name/inside') === 'new'
        ? 'replaced'
        : `${exit}, not converged`,
    sifaka: {
      words: 'replaced',
      rows: ['a→b update folder name/ kind trashed', 'a→b create file name/inside missing'],
    },
  },
  {
    title: 'a folder became a file',
    prepare: (world) => {
      const { a, b } = world;
      others(world);
      a.file('name', 'new', 100);
      b.file('name/inside', 'old');
      b.time('name', 0);
    },
    seen: ({ a, b }, { exit }) =>
      b.text('name') === 'new' && a.text('name') === 'new' ? 'replaced' : `${exit}, not converged`,
    sifaka: { words: 'replaced', rows: ['a→b update file name kind trashed'] },
  },
  {
    title: 'a folder of the target is a link to outside',
    prepare: (world) => {
      const { a, b } = world;
      others(world);
      a.file('name/file', 'new', 100);
      b.link('name', '../outside');
    },
    seen: ({ a, b, outside }) => {
      if (outside.text('file') !== 'outside') return '**wrote outside the root**';
      if (lstatSync(`${b.path}/name`).isDirectory()) return 'link replaced, nothing outside';
      return a.has('name/file') ? 'left, nothing outside' : 'folder replaced by the link, nothing outside';
    },
    sifaka: {
      words: 'link replaced, nothing outside',
      rows: ['a→b update folder name/ kind trashed', 'a→b create file name/file missing'],
    },
  },
  {
    title: 'composed and decomposed é in one folder',
    prepare: ({ a }) => {
      a.file('\xc3\xa9', 'composed');
      a.file('e\xcc\x81', 'decomposed');
    },
    seen: ({ b }) =>
      b.text('\xc3\xa9') === 'composed' && b.text('e\xcc\x81') === 'decomposed' ? 'both' : 'one dropped',
    sifaka: { words: 'both', rows: ['a→b create file \u00e9 missing', 'a→b create file e\u0301 missing'] },
  },
  {
    title: 'names that are not UTF-8, with a newline, a space at the end, of 255 bytes',
    prepare: ({ a }) => {
      for (const name of oddNames) a.file(name, 'content');
    },
    seen: ({ a, b }) =>
      oddNames.every((name) => a.text(name) === 'content' && b.text(name) === 'content') &&
      liveTree(b.path).size === oddNames.length
        ? 'ok'
        : 'some are missing',
    sifaka: {
      words: 'ok',
      rows: [
        'a→b create file new\\x0aline missing',
        'a→b create file not\\xff\\xfeutf8 missing',
        'a→b create file space at the end  missing',
        `a→b create file ${'x'.repeat(255)} missing`,
      ],
    },
  },
  {
    title: 'links',
    prepare: ({ a }) => {
      a.file('file', 'content');
      a.link('link', 'file');
      a.link('dangling', 'nowhere');
    },
    seen: ({ b }) => {
      const { link, dangling } = b.shown;
      return link === '→ file' && dangling === '→ nowhere' ? 'kept' : 'skipped';
    },
    sifaka: {
      words: 'kept',
      rows: [
        'a→b create link dangling missing',
        'a→b create file file missing',
        'a→b create link link missing',
      ],
    },
  },
  {
    title: 'hard links',
    prepare: ({ a }) => {
      a.file('one', 'content');
      a.hardLink('two', 'one');
    },
    seen: ({ b }, { says }) => {
      const { nlink } = statSync(`${b.path}/one`);
      return nlink === 2 ? 'kept' : `split${says.includes('hard-links') ? ', said' : ''}`;
    },
    sifaka: {
      words: 'split, said',
      rows: ['a→b create file one missing', 'a→b create file two missing'],
      notices: ['a→b hard-links one'],
    },
  },
  {
    title: 'a sparse file of 64 MiB',
    prepare: ({ a }) => {
      a.file('sparse', 'start');
      truncateSync(`${a.path}/sparse`, 64 * 1024 * 1024);
      a.time('sparse', 0);
    },
    seen: ({ b }) => {
      const { blocks, size } = statSync(`${b.path}/sparse`);
      if (size !== 64 * 1024 * 1024) return 'cut';
      return blocks * 512 < 1024 * 1024 ? 'sparse' : 'dense';
    },
    sifaka: { words: 'sparse', rows: ['a→b create file sparse missing'] },
  },
  {
    title: 'a fifo · an empty folder · mode 600',
    prepare: ({ a }) => {
      a.fifo('fifo');
      a.folder('empty');
      a.file('secret', 'content', 0, 0o600);
    },
    seen: ({ b }, { exit, says }) => {
      const fifo = b.has('fifo')
        ? 'copied'
        : says.includes('special')
          ? 'said'
          : exit === 'exit 0'
            ? 'skipped'
            : 'error';
      const mode = statSync(`${b.path}/secret`, { throwIfNoEntry: false })?.mode;
      const kept =
        mode === undefined
          ? 'missing'
          : (mode & 0o777) === 0o600
            ? 'kept'
            : `became ${(mode & 0o777).toString(8)}`;
      return `${fifo} · ${b.has('empty') ? 'kept' : 'dropped'} · ${kept}`;
    },
    sifaka: {
      words: 'said · kept · kept',
      rows: ['a→b create folder empty/ missing', 'a→b create file secret missing'],
      notices: ['a→b special fifo'],
    },
  },
  {
    title: "`.nfs…` files of NFS's own",
    prepare: ({ a }) => a.file('.nfs000000000001', 'open elsewhere'),
    seen: ({ b }) => (b.has('.nfs000000000001') ? 'copied' : 'skipped'),
    sifaka: { words: 'skipped', rows: [] },
  },
  {
    title: 'names that differ in case, to a target that has one case (exFAT)',
    disk: 'exfat',
    onlyForth: true,
    prepare: ({ a }) => {
      a.file('Name', 'upper');
      a.file('name', 'lower');
    },
    seen: ({ b }, { says, exit }) => {
      const there = [...liveTree(b.path).keys()].map((name) => b.text(name));
      const named = says.includes('collision') ? 'both named' : exit;
      return there.length === 0 ? `none copied, ${named}` : `one overwrote the other, ${named}`;
    },
    sifaka: {
      words: 'none copied, both named',
      rows: [],
      notices: ['a→b name-collision Name', 'a→b name-collision name'],
    },
  },
  {
    title: 'a time of .7 s, to a target of whole seconds (exFAT) and back',
    disk: 'exfat',
    prepare: ({ a }) => a.file('name', 'content', 0.7),
    afterwards: () => undefined,
    seen: ({ a }) => {
      const { mtimeMs } = lstatSync(place(a.path, 'name'));
      return Math.abs(mtimeMs / 1000 - (a.base + 0.7)) < 0.001 ? 'kept on A' : 'cut on A';
    },
    sifaka: { words: 'kept on A', rows: [] },
  },
];
