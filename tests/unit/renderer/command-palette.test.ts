import { describe, expect, it } from 'vitest';
import { paletteEntries } from '../../../renderer/components/command-palette/entries.ts';
import { findEntries } from '../../../renderer/components/command-palette/match.ts';
import { paletteShortcut } from '../../../renderer/components/command-palette/shortcut.ts';
import { shortText } from '../../../renderer/components/command-palette/short-text.ts';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';

function node(name: string, more: Partial<NodeSummary> = {}): NodeSummary {
  return {
    name,
    description: 'arm64 worker',
    nodeClass: 'rpi4',
    image: 'demo',
    recoverable: true,
    hostname: name,
    interface: 'eth0',
    addresses: ['10.0.0.1/24'],
    k3sRole: 'agent',
    labels: {},
    taints: [],
    longhornDisks: 0,
    ...more,
  };
}

function job(id: string, title: string, more: Partial<JobSummary> = {}): JobSummary {
  return {
    id,
    kind: 'card-burn',
    title,
    subject: '/drives/sd-1',
    startedAt: '2026-06-01T12:00:00Z',
    state: 'done',
    mine: true,
    ...more,
  };
}

const nodes = [node('titan-13'), node('titan-15'), node('titan-1x', { recoverable: false })];
const jobs = [
  job('b2', 'Burn titan-13 onto sd-1'),
  job('a1', 'Add the image demo', { kind: 'image-add' }),
  job('c3', 'Deploy attempt2', { kind: 'bridge-deploy', subject: 'thunderbridge' }),
];
const entries = paletteEntries(nodes, jobs);

/** The labels that are found, in the order they are shown. */
function found(query: string): string[] {
  return findEntries(query, entries).flatMap((group) => group.entries.map(({ label }) => label));
}

describe('what the palette reaches', () => {
  it('is every page, every wizard, every node and every job, each once', () => {
    expect(entries.map(({ id }) => id)).toEqual([
      'page:today',
      'page:cards',
      'page:bridge',
      'page:backups',
      'page:archives',
      'page:sync',
      'page:jobs',
      'page:logbook',
      'page:issues',
      'page:lab',
      'page:log',
      'wizard:card',
      'wizard:bridge',
      'wizard:backup',
      'wizard:restore',
      'wizard:prune',
      'wizard:sync',
      'node:titan-13',
      'burn:titan-13',
      'node:titan-15',
      'burn:titan-15',
      'node:titan-1x',
      'job:b2',
      'job:a1',
      'job:c3',
    ]);
  });

  it('is places only: no entry holds anything that could be run', () => {
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
    expect(new Set(entries.map(({ destination }) => destination.kind))).toEqual(
      new Set([
        'page',
        'card-wizard',
        'bridge-wizard',
        'backup-wizard',
        'restore-wizard',
        'prune-wizard',
        'sync-wizard',
      ]),
    );
  });

  it('has a page of its own for a job of a card or of the bridge, and the list for every other one', () => {
    const routes = entries.filter(({ group }) => group === 'jobs').map(({ destination }) => destination);
    expect(routes).toEqual([
      { kind: 'page', route: { page: 'card-job', id: 'b2' } },
      { kind: 'page', route: { page: 'jobs' } },
      { kind: 'page', route: { page: 'bridge-job', id: 'c3' } },
    ]);
  });
});

describe('what is found', () => {
  it('is everything, kind by kind, when nothing is typed', () => {
    expect(findEntries(' ', entries).map(({ group, total }) => [group, total])).toEqual([
      ['pages', 11],
      ['wizards', 6],
      ['nodes', 5],
      ['jobs', 3],
    ]);
  });

  it('holds every word, in any order and case', () => {
    expect(found('13 BURN')).toEqual(['Burn a card for titan-13', 'Burn titan-13 onto sd-1']);
    expect(found('burn titan-99')).toEqual([]);
  });

  it('is not guessed: letters that only follow each other somewhere find nothing', () => {
    expect(found('ttn13')).toEqual([]);
  });

  it('comes best first: the beginning of a name, a word in it, a word beside it, the inside of a word', () => {
    expect(found('job')[0]).toBe('Jobs');
    expect(found('show titan-13')).toEqual(['Show titan-13']);
    expect(found('lab')[0]).toBe('Lab');
    // A job's title begins with it, a node's name holds it as a word.
    expect(found('burn')[0]).toBe('Burn a recovery card');
    expect(found('itan-15')).toEqual(['Show titan-15', 'Burn a card for titan-15']);
  });

  it('has the kind of the best entry first', () => {
    const groups = findEntries('add', entries).map(({ group }) => group);
    expect(groups).toEqual(['jobs']);
    // A word of a job's title, before what pages and wizards are only also called.
    expect(findEntries('image', entries).map(({ group }) => group)).toEqual(['jobs', 'pages', 'wizards']);
    expect(findEntries('cards', entries)[0]?.group).toBe('pages');
    expect(findEntries('titan-13', entries).map(({ group }) => group)).toEqual(['nodes', 'jobs']);
  });

  it('is found by alias, class, subject and without accents', () => {
    const more = paletteEntries([node('n1', { alias: 'Zürich', nodeClass: 'rpi5' })], jobs);
    const ids = (query: string) =>
      findEntries(query, more).flatMap((group) => group.entries.map(({ id }) => id));
    expect(ids('zurich')).toEqual(['node:n1', 'burn:n1']);
    expect(ids('rpi5')).toEqual(['node:n1', 'burn:n1']);
    expect(ids('drives/sd-1')).toEqual(['job:b2', 'job:a1']);
  });

  it('is cut where nobody reads on, and says how much there is', () => {
    const many = Array.from({ length: 300 }, (_, index) => node(`n${index}`, { recoverable: false }));
    const [group] = findEntries('show', paletteEntries(many, []));
    expect(group?.entries).toHaveLength(20);
    expect(group?.total).toBe(300);
  });

  it('takes special characters of patterns as what they are', () => {
    expect(found('.*')).toEqual([]);
    expect(found('(')).toEqual([]);
  });
});

describe('a name that is too long', () => {
  it('is cut, and not through a character', () => {
    expect(shortText('titan', 5)).toBe('titan');
    expect(shortText('titans', 5)).toBe('tita…');
    expect(shortText('abc😀def', 5)).toBe('abc…');
    expect(shortText('x'.repeat(1_000_000), 80)).toHaveLength(80);
  });
});

describe('the shortcut', () => {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  const onLinux = paletteShortcut('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36');
  const onMac = paletteShortcut('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36');

  it('is Ctrl K, and ⌘K on a Mac', () => {
    expect([onLinux.shown(), onLinux.aria, onMac.shown(), onMac.aria]).toEqual([
      'Ctrl K',
      'Control+K',
      '⌘K',
      'Meta+K',
    ]);
    const control = { ...none, key: 'k', code: 'KeyK', ctrlKey: true };
    const command = { ...none, key: 'k', code: 'KeyK', metaKey: true };
    expect([onLinux.matches(control), onLinux.matches(command)]).toEqual([true, false]);
    expect([onMac.matches(control), onMac.matches(command)]).toEqual([false, true]);
  });

  it('is neither K alone nor Ctrl Shift K or Ctrl Alt K', () => {
    const key = { ...none, key: 'k', code: 'KeyK' };
    expect(onLinux.matches(key)).toBe(false);
    expect(onLinux.matches({ ...key, ctrlKey: true, shiftKey: true })).toBe(false);
    expect(onLinux.matches({ ...key, ctrlKey: true, altKey: true })).toBe(false);
  });

  it('is the letter where there is one, and its place on a keyboard without Latin letters', () => {
    expect(onLinux.matches({ ...none, key: 't', code: 'KeyK', ctrlKey: true })).toBe(false);
    expect(onLinux.matches({ ...none, key: 'k', code: 'KeyV', ctrlKey: true })).toBe(true);
    expect(onLinux.matches({ ...none, key: 'л', code: 'KeyK', ctrlKey: true })).toBe(true);
  });
});
