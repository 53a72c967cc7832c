import { describe, expect, it } from 'vitest';
import { treeRows } from '../../../renderer/components/sync/operation-tree.ts';
import type { ShownOperation } from '../../../shared/schemas/sync-plans.ts';

const operation = (filepath: string, what: ShownOperation['operation'] = 'create'): ShownOperation => ({
  operation: what,
  kind: filepath.endsWith('/') ? 'folder' : 'file',
  filepath,
  reason: 'missing',
  conflict: false,
});

/** As `  b/ create`: the depth as spaces, the name, what is done. */
const shown = (...operations: ShownOperation[]) =>
  treeRows(operations).map(({ name, depth, isFolder, operation: done }) =>
    [`${'  '.repeat(depth)}${name}${isFolder ? '/' : ''}`, ...(done ? [done.operation] : [])].join(' '),
  );

describe('the operations as a tree', () => {
  it('have every folder on their way once, folders first and names in order, in whatever order they come', () => {
    const all = ['b/x', 'b/a/y', 'a', 'b/a/w', 'c'].map((path) => operation(path));
    const tree = ['b/', '  a/', '    w create', '    y create', '  x create', 'a create', 'c create'];
    expect(shown(...all)).toEqual(tree);
    expect(shown(...all.toReversed())).toEqual(tree);
  });

  it('have a folder that is made or deleted as the folder of what is in it', () => {
    expect(shown(operation('old/x', 'delete'), operation('old/', 'delete'), operation('new/'))).toEqual([
      'new/ create',
      'old/ delete',
      '  x delete',
    ]);
  });

  it('take no part of a name for a folder, whatever it is', () => {
    expect(shown(operation('__proto__/constructor'), operation('a\\x0ab/..'), operation('toString'))).toEqual(
      ['__proto__/', '  constructor create', 'a\\x0ab/', '  .. create', 'toString create'],
    );
    expect(treeRows([operation('a/b/c')]).map(({ path }) => path)).toEqual(['a/', 'a/b/', 'a/b/c']);
  });

  it('are none when nothing is done', () => expect(treeRows([])).toEqual([]));
});
