import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cluster, problemOf, wholeLab, withLab } from './lab-fixtures.ts';

const record = 'cluster/madagascar-changelog.json';
const entry = (id: string, timestamp = '2026-01-01T00:00:00Z') => ({
  id,
  timestamp,
  project: 'cards',
  summary: `Change ${id}`,
});

describe('the logbook', () => {
  test('begins with its first entry, filled in', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open({ clock: { now: () => new Date('2026-11-21T09:00:00Z') } });
      expect(await lab.logbook(10)).toEqual([]);
      const complete = await lab.appendToLogbook({ project: 'cards', summary: 'Burned a card' });
      expect(complete).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timestamp: '2026-11-21T09:00:00.000Z',
        project: 'cards',
        summary: 'Burned a card',
        reason: '',
        details: [],
        affectedResources: [],
        issue: null,
      });
      expect(JSON.parse(await at.read(record))).toEqual({
        schema: 'sifaka.changelog/1',
        entries: [complete],
      });
      expect(await at.read('CHANGELOG.md')).toContain(
        `- **2026-11-21T09:00:00.000Z** cards: Burned a card \`${complete.id}\`\n`,
      );
      expect(await lab.logbook(10)).toEqual([complete]);
    });
  });

  test('keeps a plain list a plain list, and old entries to the byte', async () => {
    const old =
      '[\r\n    {"id": "old", "timestamp": "yesterday", "size": 1.50, "2": 12345678901234567890}\r\n]\r\n';
    await withLab(
      { ...wholeLab, [record]: old, 'CHANGELOG.md': '# Ours\r\n\r\n- a change\r\n' },
      async (at) => {
        const lab = await at.open();
        await lab.appendToLogbook(entry('new'));
        const text = await at.read(record);
        expect(text.startsWith(old.slice(0, -'\r\n]\r\n'.length))).toBe(true);
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        const entries: unknown = JSON.parse(text);
        expect(entries).toMatchObject([{ id: 'old' }, { id: 'new' }]);
        const markdown = await at.read('CHANGELOG.md');
        expect(markdown.startsWith('# Ours\r\n\r\n- a change\r\n')).toBe(true);
        expect(markdown.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        // The old entry is not as the schema asks; it stays, and the others are still read.
        expect((await lab.logbook(10)).map(({ id }) => id)).toEqual(['new']);
      },
    );
  });

  test('is read newest first', async () => {
    const entries = [
      entry('b', '2026-01-02T00:00:00+02:00'),
      entry('c', '2026-01-01T23:00:00Z'),
      entry('a', '2026-01-01T00:00:00Z'),
      entry('a2', '2026-01-01T00:00:00Z'),
    ];
    await withLab({ ...wholeLab, [record]: JSON.stringify({ entries }) }, async (at) => {
      const lab = await at.open();
      expect((await lab.logbook(10)).map(({ id }) => id)).toEqual(['c', 'b', 'a2', 'a']);
      expect(await lab.logbook(2)).toHaveLength(2);
    });
  });

  test('refuses an id it has, in either of its files', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      await lab.appendToLogbook(entry('one'));
      const files = [await at.read(record), await at.read('CHANGELOG.md')];
      expect((await problemOf(lab.appendToLogbook(entry('one')))).code).toBe('LOGBOOK_DUPLICATE');
      await rm(join(at.root, 'CHANGELOG.md'));
      expect((await problemOf(lab.appendToLogbook(entry('one')))).code).toBe('LOGBOOK_DUPLICATE');
      await writeFile(join(at.root, 'CHANGELOG.md'), files[1] ?? '');
      await writeFile(join(at.root, record), '[]');
      expect((await problemOf(lab.appendToLogbook(entry('one')))).code).toBe('LOGBOOK_DUPLICATE');
      await writeFile(join(at.root, record), files[0] ?? '');
      expect([await at.read(record), await at.read('CHANGELOG.md')]).toEqual(files);
    });
  });

  test.each([
    ['no JSON', '{"entries": [}'],
    ['an empty file', ''],
    ['no list', '{"entries": {}}'],
    ['another kind of JSON', '"text"'],
    ['entries that are none', '[{"id": "a"}, 7]'],
    ['the same key twice', '{"entries": [], "entries": []}'],
    ['bytes that are no text', Buffer.from([0x5b, 0xff, 0x5d])],
  ])('refuses to write to a changelog with %s', async (_name, content) => {
    await withLab({ ...wholeLab, [record]: content, 'CHANGELOG.md': '# Ours\n' }, async (at) => {
      const lab = await at.open();
      const problem = await problemOf(lab.appendToLogbook(entry('new')));
      expect(problem).toMatchObject({ code: 'LOGBOOK_INVALID', where: { file: record } });
      expect((await problemOf(lab.logbook(1))).code).toBe('LOGBOOK_INVALID');
      expect(await at.read(record)).toBe(content.toString());
      expect(await at.read('CHANGELOG.md')).toBe('# Ours\n');
    });
  });

  test('writes neither file when CHANGELOG.md cannot be extended', async () => {
    await withLab({ ...wholeLab, 'CHANGELOG.md': Buffer.from([0x23, 0xff]) }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.appendToLogbook(entry('new')))).code).toBe('LOGBOOK_INVALID');
      expect(await readdir(join(at.root, 'cluster'))).toEqual(['madagascar.json']);
      if (process.platform === 'win32') return;
      await rm(join(at.root, 'CHANGELOG.md'));
      await writeFile(join(at.folder, 'theirs.md'), 'theirs');
      await symlink('../theirs.md', join(at.root, 'CHANGELOG.md'));
      expect((await problemOf(lab.appendToLogbook(entry('new')))).code).toBe('LAB_PATH_ESCAPES');
      expect(await readdir(join(at.root, 'cluster'))).toEqual(['madagascar.json']);
    });
  });

  test('mends what a killed process left: entries without their lines, and its temporary files', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      await lab.appendToLogbook(entry('one'));
      const markdown = await at.read('CHANGELOG.md');
      await lab.appendToLogbook(entry('two'));
      await lab.appendToLogbook(entry('three'));
      await writeFile(join(at.root, 'CHANGELOG.md'), markdown);
      const left = '.sifaka-00000000-0000-4000-8000-000000000000.tmp';
      await at.write(left, 'half');
      await at.write(`cluster/${left}`, 'half');
      await lab.appendToLogbook(entry('four'));
      const ids = Array.from((await at.read('CHANGELOG.md')).matchAll(/`(\w+)`$/gm), (match) => match[1]);
      expect(ids).toEqual(['one', 'two', 'three', 'four']);
      expect(await readdir(at.root)).not.toContain(left);
      expect(await readdir(join(at.root, 'cluster'))).not.toContain(left);
    });
  });

  test('takes no line breaks, escapes or markup from an entry, and cuts what is too long', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      const hostile = '\u001b[31m<img src=x onerror=alert(1)>\n## Heading `x`';
      const complete = await lab.appendToLogbook({
        project: 'cards',
        summary: hostile,
        reason: 'x'.repeat(5000),
        details: [hostile],
      });
      expect(complete.summary).toBe('[31m<img src=x onerror=alert(1)> ## Heading `x`');
      expect(complete.reason).toHaveLength(2000);
      expect(`${await at.read(record)}${await at.read('CHANGELOG.md')}`).not.toMatch(/\u001b|\\u001b/);
      expect(await at.read('CHANGELOG.md')).not.toMatch(/^## Heading|[^\\]<img/m);
    });
  });

  test('refuses an entry that the schema cannot take', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      for (const wrong of [
        { summary: '' },
        { project: '\n' },
        { issue: '7' },
        { id: '' },
        { timestamp: 'now' },
      ]) {
        expect(
          (await problemOf(lab.appendToLogbook({ project: 'cards', summary: 'x', ...wrong }))).code,
        ).toBe('INPUT_INVALID');
      }
      expect(await readdir(at.root)).toEqual(['cluster', 'metis']);
    });
  });
});

describe('the cluster file and its changelog', () => {
  const places = ['cluster', 'cluster/cluster-context', 'cluster-context'];

  test.each(places)('are found in %s', async (place) => {
    await withLab(
      { [`${place}/madagascar.json`]: cluster, [`${place}/other.json`]: '{"a": 1}' },
      async (at) => {
        const lab = await at.open();
        expect((await lab.cluster())?.file).toBe(`${place}/madagascar.json`);
        await lab.appendToLogbook(entry('one'));
        expect(await readdir(join(at.root, place))).toContain('madagascar-changelog.json');
      },
    );
  });

  test('are those of the first place when there are several', async () => {
    const files = Object.fromEntries(
      places.flatMap((place) => [
        [`${place}/madagascar.json`, cluster],
        [`${place}/madagascar-changelog.json`, '[]'],
      ]),
    );
    await withLab(files, async (at) => {
      const lab = await at.open();
      expect((await lab.cluster())?.file).toBe('cluster/madagascar.json');
      await lab.appendToLogbook(entry('one'));
      expect(await at.read('cluster-context/madagascar-changelog.json')).toBe('[]');
      const notes = (await lab.check()).filter(({ note }) => note?.startsWith('warning'));
      expect(notes.map(({ file }) => file).toSorted()).toEqual([
        'cluster-context/madagascar-changelog.json',
        'cluster-context/madagascar.json',
        'cluster/cluster-context/madagascar-changelog.json',
        'cluster/cluster-context/madagascar.json',
      ]);
    });
  });

  test('are those of cluster/cluster-context before those of cluster-context', async () => {
    const files = Object.fromEntries(places.slice(1).map((place) => [`${place}/madagascar.json`, cluster]));
    await withLab(files, async (at) => {
      const lab = await at.open();
      expect((await lab.cluster())?.file).toBe('cluster/cluster-context/madagascar.json');
    });
  });

  test('may stand in different places', async () => {
    await withLab(
      { 'cluster-context/madagascar.json': cluster, 'cluster/madagascar-changelog.json': '[]' },
      async (at) => {
        const lab = await at.open();
        await lab.appendToLogbook(entry('one'));
        expect(await at.read('cluster/madagascar-changelog.json')).toContain('"one"');
      },
    );
  });

  test('are named after the lab when there is no cluster file', async () => {
    await withLab({ 'Über Lab!/metis/x': '' }, async (at) => {
      const root = join(at.root, 'Über Lab!');
      const lab = await at.open({ root });
      expect(await lab.cluster()).toBeUndefined();
      await lab.appendToLogbook(entry('one'));
      expect(await readdir(join(root, 'cluster'))).toEqual(['uber-lab-changelog.json']);
      expect(await lab.logbook(5)).toHaveLength(1);
    });
  });

  test('are not guessed when there are two, nor overlooked when the only one is damaged', async () => {
    await withLab({ 'cluster/a.json': cluster, 'cluster/b.json': cluster }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.cluster())).what).toContain('cluster/a.json, cluster/b.json');
      expect((await problemOf(lab.appendToLogbook(entry('one')))).code).toBe('LAB_FILE_INVALID');
    });
    await withLab({ 'cluster/a.json': '{"clusters": ', 'cluster-context/b.json': cluster }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.cluster())).where).toEqual({ file: 'cluster/a.json', line: 1, column: 14 });
    });
  });
});
