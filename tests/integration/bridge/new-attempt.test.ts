import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { newAttempt } from '../../../electron/services/bridge/design/new-attempt.ts';
import { readDesign } from '../../../electron/services/bridge/design/read-design.ts';
import { loadTemplates } from '../../../electron/services/bridge/design/templates.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { newAttemptSchema } from '../../../shared/schemas/bridge-design.ts';
import { problemOf, type TestLab, withLab } from '../lab/lab-fixtures.ts';

const resources = fileURLToPath(new URL('../../../resources', import.meta.url));

interface NodeEntry {
  thunderbridge: Record<string, unknown>;
}

function clusterText(nodes: Readonly<Record<string, NodeEntry>>, whole: object = {}): string {
  return JSON.stringify({ clusters: { madagascar: { thunderbridge: whole, nodes } } }, null, 2);
}

function entry(address: string, more: Record<string, unknown> = {}): NodeEntry {
  return { thunderbridge: { address, mtu: 65520, ports: ['thunderbolt0', 'thunderbolt1'], ...more } };
}

const three = { baobab: entry('10.99.0.1/24'), ebony: entry('10.99.0.2/24'), tapia: entry('10.99.0.3/24') };
const lab = (nodes: Readonly<Record<string, NodeEntry>> = three, whole: object = {}) => ({
  'cluster/madagascar.json': clusterText(nodes, whole),
});

async function make(at: TestLab, from?: string) {
  const opened: LabFolder = await at.open();
  return newAttemptSchema.parse(await newAttempt(opened, await loadTemplates(resources), { from }));
}

const read = (at: TestLab, path: string) => readFile(join(at.root, 'deploy', path), 'utf8');

describe('a new attempt', () => {
  test('is rendered from the cluster file: common files once, each node’s own beside them', async () => {
    await withLab(lab(), async (at) => {
      const { made, design, from, changes } = await make(at);
      expect({ made, from, name: design.name, nodes: design.nodes }).toEqual({
        made: true,
        from: undefined,
        name: 'attempt1',
        nodes: ['baobab', 'ebony', 'tapia'],
      });
      expect(changes).toHaveLength(3 * 7);
      const files = (
        await readdir(join(at.root, 'deploy/attempt1'), { recursive: true, withFileTypes: true })
      )
        .filter((found) => found.isFile())
        .map((found) => join(found.parentPath, found.name).slice(join(at.root, 'deploy/attempt1/').length));
      expect(files.toSorted()).toEqual([
        'baobab/etc/network/interfaces.d/10-thunderbolt',
        'common/etc/modules-load.d/thunderbridge.conf',
        'common/etc/systemd/system/networking.service.d/thunderbridge.conf',
        'common/etc/systemd/system/thunderbridge-enlist@.service',
        'common/etc/systemd/system/thunderbridge.service',
        'common/etc/udev/rules.d/90-thunderbridge.rules',
        'common/usr/local/sbin/thunderbridge',
        'design.json',
        'ebony/etc/network/interfaces.d/10-thunderbolt',
        'tapia/etc/network/interfaces.d/10-thunderbolt',
      ]);
      const interfaces = await read(at, 'attempt1/ebony/etc/network/interfaces.d/10-thunderbolt');
      expect(interfaces).toContain(`iface thunderbridge inet static
    address 10.99.0.2/24
    mtu 65520
    bridge-ports none
    bridge-ports-condone-regex ^(thunderbolt0|thunderbolt1)$
    bridge-stp on
    bridge-fd 2
    post-up /usr/local/sbin/thunderbridge enlist thunderbridge 65520 thunderbolt0 thunderbolt1\n`);
      const record = JSON.parse(await read(at, 'attempt1/design.json')) as { files: Record<string, unknown> };
      expect(record.files['common/usr/local/sbin/thunderbridge']).toEqual({
        owner: 'root',
        group: 'root',
        mode: '0755',
        rendered: true,
      });
      expect(Object.keys(record.files)).toHaveLength(9);
      const [line] = await (await at.open()).logbook(1);
      expect(line).toMatchObject({ summary: 'Made the design attempt1 of the bridge thunderbridge' });
    });
  });

  test('goes on where an attempt has only the script that deployed it once', async () => {
    const script = { 'deploy/attempt1/deploy_tb.sh': '#!/bin/sh\nbaobab=10.99.0.1\n' };
    await withLab({ ...lab(), ...script }, async (at) => {
      const { made, design, from, notes } = await make(at);
      expect([made, design.name, from]).toEqual([true, 'attempt2', undefined]);
      expect(notes.join()).toContain('attempt1 has no folder of a node: nothing of it was copied.');
      await at.write('deploy/attempt3/notes.txt', 'later\n');
      await at.write('cluster/madagascar.json', clusterText({ baobab: entry('10.99.0.1/24') }));
      expect(await make(at)).toMatchObject({ made: true, from: 'attempt2', design: { name: 'attempt4' } });
    });
  });

  test('is not made when nothing would differ', async () => {
    await withLab(lab(), async (at) => {
      await make(at);
      expect(await make(at)).toMatchObject({ made: false, design: { name: 'attempt1' }, changes: [] });
      expect(await readdir(join(at.root, 'deploy'))).toEqual(['attempt1']);
      expect(await (await at.open()).logbook(9)).toHaveLength(1);
    });
  });

  test('has a node more for one entry more, and says what differs', async () => {
    await withLab(lab(), async (at) => {
      await make(at);
      await at.write('cluster/madagascar.json', clusterText({ ...three, lemur: entry('10.99.0.4/24') }));
      const { design, from, changes } = await make(at);
      expect([design.name, from, design.nodes]).toEqual([
        'attempt2',
        'attempt1',
        ['baobab', 'ebony', 'lemur', 'tapia'],
      ]);
      expect(new Set(changes.map(({ node, change }) => `${node} ${change}`))).toEqual(
        new Set(['lemur added']),
      );
      await at.write('cluster/madagascar.json', clusterText({ ...three, tapia: entry('10.99.0.33/24') }));
      const third = await make(at);
      expect(third.design.name).toBe('attempt3');
      expect(third.changes).toContainEqual({
        node: 'tapia',
        path: '/etc/network/interfaces.d/10-thunderbolt',
        change: 'changed',
      });
      expect(third.notes.join()).toContain('lemur had a part in attempt2, and has none now');
    });
  });

  test('keeps what was put by hand into the one before, with its owner and mode, and renders the rest anew', async () => {
    await withLab(lab(), async (at) => {
      await make(at);
      await at.write('deploy/attempt1/common/etc/sysctl.d/60-tb.conf', 'net.core.rmem_max = 1\n');
      await at.write('deploy/attempt1/tapia/usr/local/sbin/own', '#!/bin/sh\n');
      await at.write('deploy/attempt1/common/usr/local/sbin/thunderbridge', '#!/bin/sh\n# edited\n');
      const record = JSON.parse(await read(at, 'attempt1/design.json')) as { files: Record<string, object> };
      record.files['tapia/usr/local/sbin/own'] = { mode: '0700', group: 'adm' };
      await at.write('deploy/attempt1/design.json', JSON.stringify(record));
      const { design, carried, changes } = await make(at);
      expect(carried).toEqual(['common/etc/sysctl.d/60-tb.conf', 'tapia/usr/local/sbin/own']);
      expect(changes.map(({ node, path, change }) => `${node} ${path} ${change}`)).toEqual(
        ['baobab', 'ebony', 'tapia'].map((node) => `${node} /usr/local/sbin/thunderbridge changed`),
      );
      const files = (await readDesign(await at.open(), design.name)).nodes['tapia'];
      expect(files?.find(({ path }) => path.endsWith('/own'))).toMatchObject({
        owner: 'root',
        group: 'adm',
        mode: '0700',
      });
      expect((await make(at, 'none')).carried).toEqual([]);
    });
  });

  test('after a design that was written by hand copies what it does not render itself', async () => {
    const older = {
      ...lab(),
      'deploy/attempt1/deploy_tb.sh': '#!/bin/sh\n',
      'deploy/attempt1/common/etc/udev/rules.d/10-old.rules': '# old\n',
      'deploy/attempt1/baobab/etc/network/interfaces.d/10-thunderbolt': 'auto thunderbridge\n',
      'deploy/attempt1/baobab/etc/systemd/system/thunderbridge.service': '[Unit]\n',
      'deploy/attempt1/lemur/etc/network/interfaces.d/10-thunderbolt': 'auto thunderbridge\n',
    };
    await withLab(older, async (at) => {
      const { design, carried, notes } = await make(at);
      expect(design).toMatchObject({ name: 'attempt2', nodes: ['baobab', 'ebony', 'tapia'] });
      expect(carried).toEqual(['common/etc/udev/rules.d/10-old.rules']);
      expect(notes.join(' ')).toMatch(/attempt1 was written by hand.*|lemur had a part/);
      expect(await read(at, 'attempt1/baobab/etc/network/interfaces.d/10-thunderbolt')).toBe(
        'auto thunderbridge\n',
      );
    });
  });

  test('names ports by the place they are plugged in, and warns of names that the kernel gives out', async () => {
    const ports = [
      { name: 'en05', path: 'pci-0000:00:0d.2' },
      { name: 'thunderbolt1', path: 'pci-0000:00:0d.3', driver: 'veth' },
    ];
    await withLab(
      lab({ baobab: entry('fd00:99::1/64', { ports }), ebony: entry('10.99.0.2/24') }),
      async (at) => {
        const { notes } = await make(at);
        expect(await read(at, 'attempt1/baobab/etc/systemd/network/10-en05.link')).toContain(
          '[Match]\nPath=pci-0000:00:0d.2\nDriver=thunderbolt-net\n\n[Link]\nName=en05\nMACAddressPolicy=none\nMTUBytes=65520\n',
        );
        expect(await read(at, 'attempt1/baobab/etc/systemd/network/10-thunderbolt1.link')).toContain(
          'Driver=veth\n',
        );
        expect(await read(at, 'attempt1/baobab/etc/network/interfaces.d/10-thunderbolt')).toContain(
          'inet6 static',
        );
        expect(notes.join()).toMatch(/^thunderbolt1 is a name that the kernel gives out itself/);
      },
    );
  });

  test('has no STP where there can be no ring', async () => {
    await withLab(lab(three, { cables: [['baobab:thunderbolt1', 'ebony:thunderbolt0']] }), async (at) => {
      await make(at);
      expect(await read(at, 'attempt1/tapia/etc/network/interfaces.d/10-thunderbolt')).toContain(
        'bridge-stp off\n    bridge-fd 0\n',
      );
    });
  });

  test.each([
    ['BRIDGE_MISSING', lab({})],
    ['LAB_VALUE_MISSING', lab({ baobab: { thunderbridge: { ports: ['a'] } } })],
    ['LAB_VALUE_MISSING', lab({ baobab: { thunderbridge: { address: '10.0.0.1/24' } } })],
    ['LAB_FILE_INVALID', lab({ common: entry('10.99.0.1/24') })],
    ['LAB_FILE_INVALID', lab({ a: entry('10.99.0.1/24'), b: entry('10.99.0.2/24', { mtu: 1500 }) })],
    ['DESIGN_PATH_REFUSED', { ...lab(), 'deploy/attempt1/common/etc/passwd': 'x' }],
    [
      'DESIGN_PATH_REFUSED',
      lab({ a: entry('10.99.0.1/24', { ports: [{ name: 'a.sifaka-x', path: 'pci-1' }] }) }),
    ],
  ])('is not made: %s', async (code, files) => {
    await withLab(files, async (at) => {
      const before = await readdir(at.root, { recursive: true });
      expect((await problemOf(make(at))).code).toBe(code);
      expect(await readdir(at.root, { recursive: true })).toEqual(before);
    });
  });

  test('is not made without the templates, or from a design that is not there', async () => {
    await withLab(lab(), async (at) => {
      expect((await problemOf(loadTemplates(undefined))).code).toBe('LAB_FILE_MISSING');
      expect((await problemOf(loadTemplates(at.root))).code).toBe('LAB_FILE_MISSING');
      expect((await problemOf(make(at, 'attempt7'))).code).toBe('DESIGN_UNKNOWN');
    });
  });

  test('is never put over another: of two at the same time one is told so, or both are one', async () => {
    await withLab(lab(), async (at) => {
      const both = await Promise.allSettled([make(at), make(at)]);
      expect(both.filter(({ status }) => status === 'fulfilled')).not.toHaveLength(0);
      for (const one of both)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'LAB_FILE_EXISTS' });
      expect(await readdir(join(at.root, 'deploy'))).toEqual(['attempt1']);
    });
  });

  test('says what to do when something else has its name', async () => {
    await withLab({ ...lab(), 'deploy/attempt1': 'a file' }, async (at) => {
      const problem = await problemOf(make(at));
      expect(problem).toMatchObject({
        code: 'LAB_FILE_EXISTS',
        next: expect.stringContaining('move what is in that place'),
      });
      expect(await at.read('deploy/attempt1')).toBe('a file');
    });
  });

  test('gets the number after the highest, also where others are gone', async () => {
    await withLab(lab(), async (at) => {
      await make(at);
      await at.write('cluster/madagascar.json', clusterText({ baobab: three.baobab }));
      await make(at);
      await rm(join(at.root, 'deploy/attempt1'), { recursive: true });
      await at.write('cluster/madagascar.json', clusterText({ ebony: three.ebony }));
      expect((await make(at)).design.name).toBe('attempt3');
    });
  });
});
