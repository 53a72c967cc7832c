import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFileBytes } from '../../../electron/services/node-deploy/node-payload.ts';
import { listDesigns } from '../../../electron/services/bridge/design/list-designs.ts';
import { readDesign } from '../../../electron/services/bridge/design/read-design.ts';
import { designSummarySchema } from '../../../shared/schemas/bridge.ts';
import { designSchema } from '../../../shared/schemas/bridge-design.ts';
import { problemOf, withLab } from '../lab/lab-fixtures.ts';

const onWindows = process.platform === 'win32';
const interfaces = 'auto tb\niface tb inet static\n    address 10.99.0.1/24\n    bridge-ports thunderbolt0\n';

/** As an older lab has it: no design.json, a script beside the folders. */
const older = {
  'deploy/attempt1/deploy_tb.sh': '#!/bin/sh\nrm -rf /\n',
  'deploy/attempt1/README.md': 'how',
  'deploy/attempt1/common/etc/udev/rules.d/90-tb.rules': '# rule\n',
  'deploy/attempt1/common/usr/local/sbin/tb-enlist': '#!/bin/sh\nexit 0\n',
  'deploy/attempt1/common/usr/local/lib/tb/blob': new Uint8Array([0, 255]),
  'deploy/attempt1/baobab/etc/network/interfaces.d/10-thunderbolt': interfaces,
  'deploy/attempt1/ebony/etc/network/interfaces.d/10-thunderbolt': interfaces.replace('0.1', '0.2'),
  'deploy/attempt1/ebony/etc/udev/rules.d/90-tb.rules': '# of ebony\n',
};

/** The same with one more file, or with one replaced. */
const withFile = (path: string, content: string | Uint8Array = 'x') => ({
  ...older,
  [`deploy/attempt1/${path}`]: content,
});

async function digest(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  let found = '';
  await withLab(files, async (at) => {
    found = (await readDesign(await at.open(), 'attempt1')).digest;
  });
  return found;
}

function modeRecord(mode: string): string {
  const files = { 'common/usr/local/sbin/tb-enlist': { mode } };
  return JSON.stringify({ schema: 'sifaka.bridge-design/1', files });
}

describe('a design of an older lab', () => {
  test('is read as it is: common files and the node’s own, which win', async () => {
    await withLab(older, async (at) => {
      const design = designSchema.parse(await readDesign(await at.open(), 'attempt1'));
      expect(Object.keys(design.nodes)).toEqual(['baobab', 'ebony']);
      expect(design.bridge).toBe('tb');
      expect(
        design.nodes['baobab']?.map(
          ({ path, mode, base64 }) => `${mode} ${base64 === undefined ? 'text' : 'base64'} ${path}`,
        ),
      ).toEqual([
        '0644 text /etc/network/interfaces.d/10-thunderbolt',
        '0644 text /etc/udev/rules.d/90-tb.rules',
        '0644 base64 /usr/local/lib/tb/blob',
        '0755 text /usr/local/sbin/tb-enlist',
      ]);
      const rule = design.nodes['ebony']?.find(({ path }) => path.startsWith('/etc/udev'));
      expect(rule).toMatchObject({ owner: 'root', group: 'root', text: '# of ebony\n' });
      expect(rule?.sha256).toBe(createHash('sha256').update('# of ebony\n').digest('hex'));
      const blob = design.nodes['ebony']?.find(({ base64 }) => base64 !== undefined);
      expect(blob && nodeFileBytes(blob)).toEqual(Buffer.from([0, 255]));
    });
  });

  test('has a digest of what the nodes get, wherever in the lab it lies', async () => {
    const same = await digest(older);
    expect(await digest({ ...older, 'deploy/attempt1/README.md': 'other words' })).toBe(same);
    const { 'deploy/attempt1/common/usr/local/sbin/tb-enlist': tool, ...rest } = older;
    const moved = {
      ...rest,
      'deploy/attempt1/baobab/usr/local/sbin/tb-enlist': tool,
      'deploy/attempt1/ebony/usr/local/sbin/tb-enlist': tool,
    };
    expect(await digest(moved)).toBe(same);
    expect(await digest(withFile('design.json', modeRecord('0755')))).toBe(same);
    expect(await digest(withFile('design.json', modeRecord('0700')))).not.toBe(same);
    expect(await digest(withFile('ebony/etc/udev/rules.d/90-tb.rules', '# of ebony!\n'))).not.toBe(same);
  });

  test('takes owner, group, mode and the bridge from design.json', async () => {
    const record = {
      schema: 'sifaka.bridge-design/1',
      note: 'kept',
      bridge: 'other',
      renderedFrom: 'a'.repeat(64),
      files: { 'ebony/etc/udev/rules.d/90-tb.rules': { owner: 'tb', group: 'adm', mode: '0640' } },
    };
    await withLab(withFile('design.json', JSON.stringify(record)), async (at) => {
      const design = await readDesign(await at.open(), 'attempt1');
      expect(design).toMatchObject({ bridge: 'other', renderedFrom: 'a'.repeat(64) });
      const rules = (node: string) => design.nodes[node]?.find(({ path }) => path.startsWith('/etc/udev'));
      expect(rules('ebony')).toMatchObject({ owner: 'tb', group: 'adm', mode: '0640' });
      expect(rules('baobab')).toMatchObject({ owner: 'root', mode: '0644' });
    });
  });

  test.each([
    [
      'a mode that others may write',
      { files: { 'common/usr/local/sbin/tb-enlist': { mode: '0777' } } },
      'line 4',
    ],
    ['setuid', { files: { 'common/usr/local/sbin/tb-enlist': { mode: '4755' } } }, 'line 4'],
    [
      'an owner that is no name',
      { files: { 'common/usr/local/sbin/tb-enlist': { owner: '-R root' } } },
      'line 4',
    ],
    ['a file it has not', { files: { 'common/etc/shadow': { mode: '0644' } } }, 'line 3'],
    ['a bridge that is no interface', { bridge: 'a b' }, 'line 2'],
  ])('is refused when its design.json has %s', async (_name, part, line) => {
    const text = JSON.stringify({ ...part, schema: 'sifaka.bridge-design/1' }, null, 1);
    await withLab(withFile('design.json', text), async (at) => {
      const problem = await problemOf(readDesign(await at.open(), 'attempt1'));
      expect(problem.code).toBe('DESIGN_INVALID');
      expect(problem.what).toContain(`deploy/attempt1/design.json ${line}`);
    });
  });

  test('of a newer Sifaka is not half-understood', async () => {
    await withLab(withFile('design.json', '{"schema": "sifaka.bridge-design/2"}'), async (at) => {
      expect((await problemOf(readDesign(await at.open(), 'attempt1'))).code).toBe('LAB_SCHEMA_NEWER');
    });
  });
});

describe('what a design may not have', () => {
  test.each([
    ['common/etc/passwd'],
    ['common/etc/network/interfaces'],
    ['baobab/root/.ssh/authorized_keys'],
    ['baobab/etc/systemd/system'],
    ['common/etc/cron.d/job'],
    ['common/etc/udev/rules.d/.90-tb.rules.sifaka-old'],
    ['common/etc/udev/rules.d/x.sifaka-new'],
    ['common/etc/systemd/system/sifaka-bridge-restore.service'],
    ['common/etc/udev/rules.d/.hidden'],
    ['common/usr/local/sbin/$(reboot)'],
    ['common/usr/local/sbin/a b'],
    ["common/usr/local/sbin/a'b"],
    ['common/usr/local/sbin/-rf'],
    ['common/usr/local/sbin/näme'],
    ['common/usr/local/sbin/nul'],
    [`common/usr/local/lib/${'a'.repeat(101)}`],
    ['scripts/check.sh'],
    ['Baobab/etc/udev/rules.d/a'],
    ['baobab/readme'],
  ])('is refused as a whole: %s', async (path) => {
    await withLab(withFile(path), async (at) => {
      const lab = await at.open();
      const problem = await problemOf(readDesign(lab, 'attempt1'));
      expect(problem.code).toBe('DESIGN_PATH_REFUSED');
      expect((await listDesigns(lab))[0]?.problem?.code).toBe('DESIGN_PATH_REFUSED');
    });
  });

  test.skipIf(onWindows).each([
    ['etc/udev/rules.d/91.rules', '../../../../../secret'],
    ['etc/systemd/system/multi-user.target.wants', '../x'],
    ['usr/local/sbin', '/usr/local/sbin'],
  ])('is refused with a link in it: %s', async (path, target) => {
    const { 'deploy/attempt1/common/usr/local/sbin/tb-enlist': _tool, ...files } = older;
    await withLab(files, async (at) => {
      await writeFile(join(at.root, 'secret'), 'x');
      const link = join(at.root, 'deploy/attempt1/common', path);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(target, link);
      const problem = await problemOf(readDesign(await at.open(), 'attempt1'));
      expect(problem).toMatchObject({ code: 'DESIGN_PATH_REFUSED' });
      expect([problem.what, ...(problem.more ?? [])].join()).toContain('is a link');
    });
  });

  test.skipIf(onWindows)('a link in place of a node, or of the design', async () => {
    await withLab(older, async (at) => {
      await symlink('baobab', join(at.root, 'deploy/attempt1/tapia'));
      await symlink('attempt1', join(at.root, 'deploy/attempt2'));
      const lab = await at.open();
      expect((await problemOf(readDesign(lab, 'attempt1'))).code).toBe('DESIGN_PATH_REFUSED');
      expect((await problemOf(readDesign(lab, 'attempt2'))).code).toBe('LAB_PATH_ESCAPES');
      expect((await listDesigns(lab)).map(({ name }) => name)).toEqual(['attempt1']);
    });
  });

  test.skipIf(onWindows)('a pipe, a name with a line break, names that differ in case only', async () => {
    const rules = 'common/etc/udev/rules.d';
    await withLab(older, async (at) => {
      execFileSync('mkfifo', [join(at.root, 'deploy/attempt1', rules, 'pipe')]);
      await at.write(`deploy/attempt1/${rules}/90-TB.rules`, 'x');
      await at.write(`deploy/attempt1/${rules}/a\nb`, 'x');
      const problem = await problemOf(readDesign(await at.open(), 'attempt1'));
      const lines = [problem.what, ...(problem.more ?? [])];
      expect(problem.code).toBe('DESIGN_PATH_REFUSED');
      expect(lines).toHaveLength(3);
      expect(lines.join('|')).toMatch(/a b has a character .*pipe is not an ordinary file.*differs from/);
    });
  });

  test('files for no node, a file that is a folder for another, too many files', async () => {
    const common = { 'deploy/attempt1/common/etc/sysctl.d/a': 'x' };
    const clash = withFile('ebony/usr/local/lib/tb/blob/inner');
    const many = Object.fromEntries(
      Array.from({ length: 257 }, (_, index) => [`deploy/attempt1/baobab/etc/sysctl.d/${index}`, 'x']),
    );
    for (const [files, words] of [
      [common, /files for no node/],
      [clash, /as a file and as a folder/],
      [many, /257 files/],
    ] as const) {
      await withLab(files, async (at) => {
        const problem = await problemOf(readDesign(await at.open(), 'attempt1'));
        expect(problem.code).toBe('DESIGN_INVALID');
        expect(problem.what).toMatch(words);
      });
    }
  });

  test.each(['attempt9', '../attempt1', 'attempt01', 'common', '', 'attempt1/common'])(
    'a name that is none: %j',
    async (name) => {
      await withLab(older, async (at) => {
        expect((await problemOf(readDesign(await at.open(), name))).code).toBe('DESIGN_UNKNOWN');
      });
    },
  );
});

test('designs are listed the newest first, one that cannot be read with the reason', async () => {
  const files = {
    ...older,
    'deploy/attempt10/baobab/etc/network/interfaces.d/10-thunderbolt': interfaces,
    'deploy/attempt2/common/etc/passwd': 'x',
    'deploy/history/x.json': '{}',
    'deploy/attempt0/baobab/etc/network/interfaces.d/x': 'x',
  };
  await withLab(files, async (at) => {
    const designs = (await listDesigns(await at.open())).map((one) => designSummarySchema.parse(one));
    expect(designs.map(({ name, nodes, problem }) => [name, nodes.join(), problem?.code])).toEqual([
      ['attempt10', 'baobab', undefined],
      ['attempt2', '', 'DESIGN_PATH_REFUSED'],
      ['attempt1', 'baobab,ebony', undefined],
    ]);
    expect(designs[2]).toMatchObject({ files: 8 });
  });
});

test('a lab without designs has none', async () => {
  await withLab({}, async (at) => {
    expect(await listDesigns(await at.open())).toEqual([]);
  });
});
