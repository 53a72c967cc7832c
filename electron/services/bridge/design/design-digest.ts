import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import { digestOfValue } from '../../value-digest.ts';

/**
 * SHA-256 of what a design makes of each node: canonical JSON (RFC 8785) of node → files by path. Where the files lie in
 * the lab, in `common/` or in the node's folder, does not count.
 */
export function designDigest(nodes: Readonly<Record<string, readonly NodeFile[]>>): string {
  const content = Object.fromEntries(
    Object.entries(nodes).map(([node, files]) => [
      node,
      files.map(({ path, owner, group, mode, sha256 }) => ({ path, owner, group, mode, sha256 })),
    ]),
  );
  return digestOfValue(content);
}
