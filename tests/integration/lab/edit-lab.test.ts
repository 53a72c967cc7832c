import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cluster, inventory, problemOf, wholeLab, withLab } from './lab-fixtures.ts';

const file = 'metis/inventory.yaml';

describe('a value that is set', () => {
  test('is in the file, with its comments, and in the logbook', async () => {
    await withLab(wholeLab, async (at) => {
      await chmod(join(at.root, file), 0o640);
      const lab = await at.open();
      const before = await lab.get(file, '/nodes/titan-13/description');
      expect(before.value).toBe('two disks');
      const { digest } = await lab.set({
        file,
        pointer: '/nodes/titan-13/description',
        value: 'three disks',
        digest: before.digest,
        reason: 'one was added',
      });
      expect(await at.read(file)).toBe(inventory.replace("'two disks'", "'three disks'"));
      expect(await lab.get(file, '/nodes/titan-13/description')).toEqual({ value: 'three disks', digest });
      expect((await lab.inventory()).digest).toBe(digest);
      if (process.platform !== 'win32') expect((await stat(join(at.root, file))).mode & 0o777).toBe(0o640);
      const [entry] = await lab.logbook(10);
      expect(entry).toMatchObject({
        project: 'lab',
        summary: 'Set nodes.titan-13.description in metis/inventory.yaml',
        reason: 'one was added',
        affectedResources: ['metis/inventory.yaml#/nodes/titan-13/description'],
      });
      expect(await at.read('CHANGELOG.md')).toContain(`\`${entry?.id}\``);
      expect(await readdir(join(at.root, 'metis'))).toEqual(['hooks', 'inventory.yaml']);
    });
  });

  test('in a cluster file changes nothing else, not even a digit', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      await lab.set({
        file: 'cluster/madagascar.json',
        pointer: '/clusters/madagascar/nodes/baobab/hosts/management',
        value: '10.0.0.1',
      });
      expect(await at.read('cluster/madagascar.json')).toBe(cluster.replace('192.168.22.71', '10.0.0.1'));
      // What stands in a cluster file may be secret, so the logbook names the place only.
      expect(await at.read('cluster/madagascar-changelog.json')).not.toContain('10.0.0.1');
    });
  });

  test('to what it is already changes and records nothing', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      await lab.set({ file, pointer: '/nodes/titan-13/description', value: 'two disks' });
      expect(await at.read(file)).toBe(inventory);
      expect(await readdir(at.root)).toEqual(['cluster', 'metis']);
    });
  });

  test('may mend a file that is wrong at that one place', async () => {
    const wrong = inventory.replace('class: storage', 'class: storrage');
    await withLab({ ...wholeLab, [file]: wrong }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.inventory())).code).toBe('LAB_FILE_INVALID');
      await lab.set({ file, pointer: '/nodes/titan-13/class', value: 'storage' });
      expect((await lab.inventory()).value.nodes['titan-13']?.class).toBe('storage');
    });
  });
});

describe('a change that is refused leaves every file as it was', () => {
  const cases: [string, { file?: string; pointer?: string; value?: unknown; digest?: string }, string][] = [
    [
      'a value the schema does not allow',
      { pointer: '/nodes/titan-13/network/addresses/0', value: '192.168.22.41' },
      'LAB_FILE_INVALID',
    ],
    ['a class that is not there', { pointer: '/nodes/titan-13/class', value: 'none' }, 'LAB_FILE_INVALID'],
    [
      'a hook whose file is not there',
      { pointer: '/nodes/titan-13/hooks/0/source', value: 'metis/hooks/none' },
      'LAB_FILE_INVALID',
    ],
    [
      'a hook that leads out of the lab',
      { pointer: '/nodes/titan-13/hooks/0/source', value: '../../etc/shadow' },
      'LAB_FILE_INVALID',
    ],
    ['an unknown key', { pointer: '/nodes/titan-13/clas', value: 1 }, 'LAB_FILE_INVALID'],
    [
      'a key that would change what an object is',
      { pointer: '/nodes/titan-13/__proto__', value: { x: 1 } },
      'LAB_FILE_INVALID',
    ],
    [
      'a parent that is not there',
      { pointer: '/nodes/titan-14/class', value: 'storage' },
      'LAB_VALUE_MISSING',
    ],
    ['a pointer that is none', { pointer: 'nodes', value: 1 }, 'INPUT_INVALID'],
    ['the whole file', { pointer: '', value: {} }, 'INPUT_INVALID'],
    [
      'an earlier state of the file',
      { pointer: '/nodes/titan-13/description', value: 'x', digest: '0'.repeat(64) },
      'LAB_CHANGED_MEANWHILE',
    ],
    [
      'the changelog',
      { file: 'cluster/madagascar-changelog.json', pointer: '/entries/0', value: {} },
      'INPUT_INVALID',
    ],
    ['another file', { file: 'metis/hooks/motd', pointer: '/a', value: 1 }, 'INPUT_INVALID'],
    [
      'a cluster node of a wrong kind',
      { file: 'cluster/madagascar.json', pointer: '/clusters/madagascar/nodes/baobab', value: 7 },
      'LAB_FILE_INVALID',
    ],
    ['a newer schema', { pointer: '/schema', value: 'sifaka.inventory/2' }, 'LAB_SCHEMA_NEWER'],
  ];

  test.each(cases)('%s', async (_name, change, code) => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      const problem = await problemOf(lab.set({ file, pointer: '/nodes', value: {}, ...change }));
      expect(problem.code).toBe(code);
      expect(problem.state).toMatch(/^Nothing was (changed|written|read or written)/);
      expect(await at.read(file)).toBe(inventory);
      expect(await at.read('cluster/madagascar.json')).toBe(cluster);
      expect(await readdir(at.root)).toEqual(['cluster', 'metis']);
    });
  });

  test('a logbook that is damaged', async () => {
    await withLab({ ...wholeLab, 'cluster/madagascar-changelog.json': '[{"id": 1' }, async (at) => {
      const lab = await at.open();
      const problem = await problemOf(lab.set({ file, pointer: '/nodes/titan-13/description', value: 'x' }));
      expect(problem.code).toBe('LOGBOOK_INVALID');
      expect(await at.read(file)).toBe(inventory);
      expect(await at.read('cluster/madagascar-changelog.json')).toBe('[{"id": 1');
    });
  });

  test('an edit by someone else meanwhile', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      const { digest } = await lab.get(file, '');
      const theirs = `${inventory}# theirs\n`;
      await writeFile(join(at.root, file), theirs);
      const problem = await problemOf(
        lab.set({ file, pointer: '/nodes/titan-13/description', value: 'x', digest }),
      );
      expect(problem.code).toBe('LAB_CHANGED_MEANWHILE');
      expect(await at.read(file)).toBe(theirs);
    });
  });

  test('but a hook that was missing before does not stop other changes', async () => {
    await withLab({ ...wholeLab, [file]: inventory.replace('hooks/motd', 'hooks/none') }, async (at) => {
      const lab = await at.open();
      await lab.set({ file, pointer: '/nodes/titan-13/description', value: 'x' });
      expect(parse(await at.read(file)).nodes['titan-13'].description).toBe('x');
    });
  });
});

describe('a value that is read', () => {
  test('is as it is written, from the files that Sifaka knows', async () => {
    await withLab({ ...wholeLab, '.git/config': 'x' }, async (at) => {
      const lab = await at.open();
      expect((await lab.get(file, '/nodes/titan-13/hooks/0/target')).value).toBe('/etc/motd');
      expect((await lab.get('cluster/madagascar.json', '/comment')).value).toBe('shared with other tools');
      expect((await problemOf(lab.get(file, '/nodes/titan-13/recoverable'))).code).toBe('LAB_VALUE_MISSING');
      expect((await problemOf(lab.get('.git/config', ''))).code).toBe('INPUT_INVALID');
      expect((await problemOf(lab.get('metis/hooks/motd', ''))).code).toBe('INPUT_INVALID');
    });
  });

  test('of a file that is missing or too large says so', async () => {
    await withLab({ 'cluster/madagascar.json': cluster }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.inventory())).code).toBe('LAB_FILE_MISSING');
      await at.write(file, `# ${'x'.repeat(4 * 1024 * 1024)}\n${inventory}`);
      expect((await problemOf(lab.inventory())).what).toMatch(/larger than/);
    });
  });
});
