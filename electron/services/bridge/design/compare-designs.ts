import type { Design, DesignChange } from '../../../../shared/schemas/bridge-design.ts';

/** What a node would have otherwise with another design, file by file; the nodes and the files in order. */
export function compareDesigns(from: Design | undefined, to: Design): DesignChange[] {
  const names = new Set([...Object.keys(from?.nodes ?? {}), ...Object.keys(to.nodes)]);
  return [...names].toSorted().flatMap((node) => {
    const before = filesOf(from, node);
    const after = filesOf(to, node);
    const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
    return paths.flatMap((path): DesignChange[] => {
      const old = before.get(path);
      const now = after.get(path);
      if (old === undefined) return [{ node, path, change: 'added' }];
      if (now === undefined) return [{ node, path, change: 'removed' }];
      if (old.sha256 !== now.sha256) return [{ node, path, change: 'changed' }];
      const same = old.owner === now.owner && old.group === now.group && old.mode === now.mode;
      return same ? [] : [{ node, path, change: 'permissions' }];
    });
  });
}

function filesOf(design: Design | undefined, node: string): Map<string, Design['nodes'][string][number]> {
  const files = design !== undefined && Object.hasOwn(design.nodes, node) ? design.nodes[node] : undefined;
  return new Map((files ?? []).map((file) => [file.path, file]));
}
