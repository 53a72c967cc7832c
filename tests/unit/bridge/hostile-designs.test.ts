import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { designOf } from '../../../electron/services/bridge/design/read-design.ts';
import type { TreeEntry } from '../../../electron/services/lab/folder-tree.ts';
import { Problem } from '../../../shared/problem.ts';
import { designSchema } from '../../../shared/schemas/bridge-design.ts';

/** Where a deploy may write, said once more and otherwise than in the code. */
const allowed =
  /^\/(etc\/(network\/interfaces\.d|systemd\/(network|system)|udev\/rules\.d|modules-load\.d|sysctl\.d)|usr\/local\/(sbin|lib))(\/[A-Za-z0-9@_+][A-Za-z0-9@_.+-]{0,99})+$/;

const honest = fc.constantFrom(
  'common',
  'baobab',
  'ebony',
  'etc',
  'usr',
  'local',
  'sbin',
  'lib',
  'network',
  'interfaces.d',
  'systemd',
  'system',
  'udev',
  'rules.d',
  '10-thunderbolt',
  '90.rules',
  'thunderbridge@.service',
  'design.json',
);
const hostile = fc.constantFrom(
  '..',
  '.',
  '',
  '~',
  '.hidden',
  '-rf',
  '$(reboot)',
  '`id`',
  'a b',
  'a\nb',
  'a\u0000b',
  "a'b",
  'a"b',
  'a;b',
  'a%n',

  '.x.sifaka-old',
  'sifaka-restore.service',
  'nul',
  'COM1.rules',
  'x.',
  'A',
  'a\u202eb',
  'é',
  'a\\x2d',
  '*',
  'a:b',
  'passwd',
  'shadow',
  'root',
  '.ssh',
  'cron.d',
  'x'.repeat(101),
  '\ufffd',
  '__proto__',
  'constructor',
);
const roots = fc.constantFrom(
  'common/etc/udev/rules.d',
  'baobab/usr/local/sbin',
  'ebony/etc/network/interfaces.d',
);
const anyPath = fc
  .tuple(
    fc.option(roots),
    fc.array(fc.oneof({ weight: 4, arbitrary: honest }, hostile, fc.string({ maxLength: 5 })), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([root, parts]) => [...(root === null ? [] : [root]), ...parts].join('/'));
const anyEntry: fc.Arbitrary<TreeEntry> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      path: anyPath,
      kind: fc.constant('file' as const),
      bytes: fc.uint8Array({ maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      path: anyPath,
      kind: fc.constantFrom('folder' as const, 'link' as const, 'other' as const),
    }),
  },
);
const good: readonly TreeEntry[] = [
  { path: 'baobab', kind: 'folder' },
  { path: 'baobab/etc/network/interfaces.d/10-thunderbolt', kind: 'file', bytes: Buffer.from('auto tb\n') },
];

function entry(path: string, text: string): TreeEntry {
  return { path, kind: 'file', bytes: Buffer.from(text) };
}

describe('a design made of anything', () => {
  test('is refused with a reason, or puts plain names below the allowed roots and nothing else', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 3 }), (entries) => {
        try {
          const { nodes } = designSchema.parse(designOf('attempt1', [...good, ...entries]));
          read += 1;
          for (const [node, files] of Object.entries(nodes)) {
            expect(node).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
            for (const file of files) {
              expect(file.path).toMatch(allowed);
              expect(file.path).not.toMatch(/sifaka-/);
              expect([file.owner, file.group]).toEqual(['root', 'root']);
              expect(['0644', '0755']).toContain(file.mode);
            }
          }
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          expect(['DESIGN_PATH_REFUSED', 'DESIGN_INVALID', 'LAB_FILE_INVALID']).toContain(error.code);
        }
      }),
      { numRuns: 6000, seed: 20_263 },
    );
    expect(read).toBeGreaterThan(300);
  });

  test('has a digest that does not depend on the order of its files, and changes with any of them', () => {
    const folders: TreeEntry[] = ['baobab', 'ebony'].map((path) => ({ path, kind: 'folder' }));
    const all = [
      entry('common/etc/udev/rules.d/a.rules', '#'),
      entry('baobab/usr/local/sbin/b', '#!'),
      entry('ebony/usr/local/sbin/b', '#!x'),
    ];
    const { digest } = designOf('attempt1', [...folders, ...all]);
    expect(designOf('attempt9', [...all.toReversed(), ...folders]).digest).toBe(digest);
    for (const index of all.keys()) {
      const other = all.with(index, { ...entry(all[index]?.path ?? '', 'other') });
      expect(designOf('attempt1', [...folders, ...other]).digest).not.toBe(digest);
    }
  });
});
