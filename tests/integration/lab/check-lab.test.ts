import { cp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDemoLab } from '../../../electron/services/lab/demo-lab.ts';
import { inventory, problemOf, wholeLab, withLab } from './lab-fixtures.ts';

const demoLab = join(import.meta.dirname, '../../../resources/demo-lab');

describe('the check of a lab', () => {
  test('reads every file and says what it is', async () => {
    await withLab({ ...wholeLab, 'cluster-context/madagascar.json': '{"clusters": {}}' }, async (at) => {
      const lab = await at.open();
      expect(await lab.check()).toEqual([
        {
          file: 'metis/inventory.yaml',
          kind: 'Metis inventory',
          ok: true,
          note: '1 node, 1 class, 1 golden image',
        },
        { file: 'cluster/madagascar.json', kind: 'cluster file', ok: true, note: 'madagascar, 1 node' },
        {
          file: 'cluster/madagascar-changelog.json',
          kind: 'cluster changelog',
          ok: true,
          note: 'it does not exist yet; the first change makes it',
        },
        {
          file: 'cluster-context/madagascar.json',
          kind: 'second cluster file or changelog',
          ok: true,
          note: 'warning: it is not used, since cluster/madagascar.json comes first; merge what it has and remove it',
        },
        {
          file: 'CHANGELOG.md',
          kind: 'readable changelog',
          ok: true,
          note: 'it does not exist yet; the first change makes it',
        },
        { file: 'metis/hooks/motd', kind: 'hook', ok: true },
      ]);
    });
  });

  test('names everything that is missing or wrong', async () => {
    const needy = inventory
      .replace('metis/hooks/motd', 'metis/hooks/none')
      .replace(
        '    network:',
        '    k3s: {role: server, clusterInit: true, tokenSecret: k3s-token, nodePasswordSecret: password}\n    network:',
      );
    const files = {
      'metis/inventory.yaml': needy,
      'metis/secrets/password.age': 'sealed',
      'cluster/m.json': '{"clusters": {"m": {"nodes": {"Baobab": {}}}}}',
      'cluster/m-changelog.json': '[{"id": "a"}, {"id": "a"}]',
      'CHANGELOG.md': '# Ours\n',
    };
    await withLab(files, async (at) => {
      const lab = await at.open();
      const findings = new Map((await lab.check()).map((finding) => [finding.file, finding]));
      expect(findings.get('cluster/m.json')?.problem?.what).toContain(
        'line 1: clusters.m.nodes.Baobab is not a possible name',
      );
      expect(findings.get('cluster/m-changelog.json')?.problem?.code).toBe('LOGBOOK_INVALID');
      expect(findings.get('cluster/m-changelog.json')?.problem?.more).toContain(
        'cluster/m-changelog.json line 1: 1.id is the id of an earlier entry',
      );
      expect(findings.get('metis/hooks/none')?.problem?.code).toBe('LAB_FILE_MISSING');
      expect(findings.get('metis/secrets/k3s-token.age')?.problem?.what).toBe(
        'The secret k3s-token is not sealed in this lab; titan-13 needs it.',
      );
      expect(findings.get('metis/secrets/password.age')).toEqual({
        file: 'metis/secrets/password.age',
        kind: 'sealed secret',
        ok: true,
      });
      expect([...findings.values()].filter(({ ok, problem }) => ok === (problem !== undefined))).toEqual([]);
    });
  });

  test('reads what a lab has of backups, and says which selectors mean nobody', async () => {
    const policy = `schema: sifaka.backup-policy/1
timezone: Europe/Berlin
rules:
  - {name: all, guests: [all, 'tag:gone'], storage: nas}
`;
    const manifest = {
      schema: 'sifaka.backup-manifest/1',
      at: '2026-11-20T14:00:00Z',
      cluster: 'madagascar',
      nodes: [],
      guests: [
        { pveCluster: 'm', type: 'qemu', vmid: 100, node: 'baobab', status: 'running', source: 'pvesh' },
      ],
      archives: [],
      changes: {
        guestsAdded: [],
        guestsGone: [],
        guestsMoved: [],
        archivesAdded: 0,
        archivesGone: [],
        nodesSilent: [],
      },
    };
    const target =
      '"kind": "s3", "endpoint": "https://s3.example", "bucket": "b-b", "accessKey": "a", "secretKey": "b"';
    const files = {
      ...wholeLab,
      'cluster/madagascar.json': `{"clusters": {"m": {"nodes": {}, "backups": {"targets": {"offsite": {${target}}}}}}}`,
      'metis/secrets/a.age': 'sealed',
      'backups/policy.yaml': policy,
      'backups/manifest-2026-11-19.json': 'an old one that nobody reads',
      'backups/manifest-2026-11-20.json': JSON.stringify(manifest),
      'backups/backups.json': '{"schema": "sifaka.backups/1", "backups": [{"id": 1}]}',
    };
    await withLab(files, async (at) => {
      const lab = await at.open();
      expect((await lab.backupPolicy())?.value.rules[0]?.name).toBe('all');
      const findings = new Map((await lab.check()).map((finding) => [finding.file, finding]));
      expect(findings.get('backups/policy.yaml')).toEqual({
        file: 'backups/policy.yaml',
        kind: 'backup policy',
        ok: true,
        note: '1 rule; warning: by backups/manifest-2026-11-20.json, tag:gone means no guest',
      });
      expect(findings.get('backups/manifest-2026-11-20.json')?.note).toBe(
        '1 guest and 0 archives, as of 2026-11-20T14:00:00Z',
      );
      expect(findings.has('backups/manifest-2026-11-19.json')).toBe(false);
      expect(findings.get('backups/backups.json')?.problem?.what).toContain('line 1: backups.0.');
      expect(findings.get('metis/secrets/a.age')?.ok).toBe(true);
      expect(findings.get('metis/secrets/b.age')?.problem?.what).toBe(
        'The secret b is not sealed in this lab; the target offsite needs it.',
      );
      await at.write('cluster/madagascar.json', '{"clusters": {"m": {}}}');
      expect((await problemOf(lab.backupPolicy())).where?.file).toBe('cluster/madagascar.json');
      expect((await lab.check()).find(({ kind }) => kind === 'backup policy')?.ok).toBe(true);
    });
  });

  test('reads what a lab has of pairs, and asks for the secret that they name', async () => {
    const pairs = `schema: sifaka.sync-pairs/1
logFolder: /var/log/ha-sync
databaseSecret: sync-database
pairs:
  media:
    sides: {dell: /mnt/dell/media, hp: /mnt/hp/media}
`;
    await withLab({ ...wholeLab, 'sync/pairs.yaml': pairs }, async (at) => {
      const lab = await at.open();
      expect(Object.keys((await lab.syncPairs())?.value.pairs ?? {})).toEqual(['media']);
      const findingOf = async (file: string) => (await lab.check()).find((one) => one.file === file);
      expect(await findingOf('sync/pairs.yaml')).toMatchObject({
        kind: 'sync pairs',
        ok: true,
        note: '1 pair',
      });
      expect((await findingOf('metis/secrets/sync-database.age'))?.problem?.what).toBe(
        'The secret sync-database is not sealed in this lab; sync/pairs.yaml names it for the database of the sync.',
      );
      await at.write('metis/secrets/sync-database.age', 'sealed');
      expect((await findingOf('metis/secrets/sync-database.age'))?.ok).toBe(true);
      await at.write('sync/pairs.yaml', pairs.replace('/mnt/hp/media', '/mnt/dell/media'));
      expect((await findingOf('sync/pairs.yaml'))?.problem?.what).toContain('line 6: pairs.media.sides.hp');
      expect(await problemOf(lab.syncPairs())).toMatchObject({
        code: 'LAB_FILE_INVALID',
        where: { line: 6 },
      });
    });
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      expect(await lab.syncPairs()).toBeUndefined();
      expect((await lab.check()).map(({ kind }) => kind)).not.toContain('sync pairs');
    });
  });

  test('goes on after a file that is wrong, and works in an empty lab', async () => {
    await withLab({}, async (at) => {
      const lab = await at.open();
      const findings = await lab.check();
      expect(findings.map(({ file, ok }) => [file, ok])).toEqual([
        ['metis/inventory.yaml', false],
        ['cluster', true],
        ['cluster/lab-changelog.json', true],
        ['CHANGELOG.md', true],
      ]);
      expect(findings[0]?.problem?.code).toBe('LAB_FILE_MISSING');
    });
  });
});

describe('a demo lab', () => {
  test('is copied to a new or an empty folder, whole and writable', async () => {
    await withLab({ 'empty/x': '' }, async (at) => {
      await rm(join(at.root, 'empty', 'x'));
      for (const to of [join(at.root, 'new', 'deep'), join(at.root, 'empty')]) {
        await createDemoLab({ from: demoLab, to, keptFolders: [] });
        expect(await readdir(to, { recursive: true })).toEqual(await readdir(demoLab, { recursive: true }));
        expect(await readFile(join(to, 'metis/inventory.yaml'))).toEqual(
          await readFile(join(demoLab, 'metis/inventory.yaml')),
        );
        const lab = await at.open({ root: to });
        expect((await lab.state()).writable).toBe(true);
        const wrong = (await lab.check()).filter(({ ok, kind }) => !ok && kind !== 'sealed secret');
        expect(wrong).toEqual([]);
      }
      expect((await readdir(at.root)).toSorted()).toEqual(['empty', 'new']);
    });
  });

  test('is not copied over anything', async () => {
    await withLab({ 'taken/mine': 'x', file: 'x' }, async (at) => {
      for (const name of ['taken', 'file']) {
        expect(
          (await problemOf(createDemoLab({ from: demoLab, to: join(at.root, name), keptFolders: [] }))).code,
        ).toBe('LAB_FILE_EXISTS');
      }
      expect(await readdir(join(at.root, 'taken'))).toEqual(['mine']);
      expect((await readdir(at.root)).toSorted()).toEqual(['file', 'taken']);
    });
  });

  test.each([
    ['below a file', 'file/x', 'INPUT_INVALID', /file is not a folder/],
    ['far below a file', 'file/x/y/z', 'INPUT_INVALID', /file is not a folder/],
    ['with a NUL', 'a\0b', 'INPUT_INVALID', /a character that no path can have/],
    ['with too long a name', 'n'.repeat(300), 'INPUT_INVALID', /too long/],
    [
      'in a folder that is kept',
      'kept/new',
      'INPUT_INVALID',
      /kept, which the open lab or Sifaka itself keeps/,
    ],
    ['that is kept itself', 'kept', 'INPUT_INVALID', /keeps/],
  ])('is not made %s, and nothing is left of the attempt', async (_name, to, code, words) => {
    await withLab({ file: 'x' }, async (at) => {
      const keptFolders = [join(at.root, 'kept')];
      const problem = await problemOf(createDemoLab({ from: demoLab, to: `${at.root}/${to}`, keptFolders }));
      expect(problem).toMatchObject({ code, state: 'No lab was made.' });
      expect(problem.what).toMatch(words);
      expect(await readdir(at.root)).toEqual(['file']);
    });
  });

  test('is not made by way of a link into a folder that is kept, nor at a relative path', async () => {
    await withLab({ 'kept/mine': 'x' }, async (at) => {
      await symlink(join(at.root, 'kept'), join(at.root, 'link'), 'junction');
      for (const to of [join(at.root, 'link', 'new'), 'demo-lab-of-a-relative-path']) {
        const demo = createDemoLab({ from: demoLab, to, keptFolders: [join(at.root, 'kept')] });
        expect((await problemOf(demo)).code).toBe('INPUT_INVALID');
      }
      expect(await readdir(join(at.root, 'kept'))).toEqual(['mine']);
    });
  });

  test('has no links, no lock and nothing of git, and its files may be written', async () => {
    await withLab({ 'from/.git/config': 'x', 'from/.sifaka.lock': 'x', 'from/a': 'x' }, async (at) => {
      await cp(join(at.root, 'from', 'a'), join(at.root, 'from', 'b'), { mode: 0 });
      if (process.platform !== 'win32') await symlink('/etc/hostname', join(at.root, 'from', 'link'));
      await createDemoLab({ from: join(at.root, 'from'), to: join(at.root, 'to'), keptFolders: [] });
      expect((await readdir(join(at.root, 'to'))).toSorted()).toEqual(['a', 'b']);
      expect((await stat(join(at.root, 'to', 'a'))).mode & 0o200).toBe(0o200);
    });
  });
});
