import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import { escapeName } from './byte-names.ts';
import type { ByteName } from './entry.ts';
import { readMarker } from './markers.ts';
import { mountedInside } from './overlap.ts';
import type { OpenRoots, Root } from './open-roots.ts';
import type { Trouble } from './survey/findings.ts';

/**
 * Refuses a pair of which one root was met inside the other: by a mount of its own, which no path shows, it would be copied
 * into itself on every run. SYNC_ROOTS_OVERLAP.
 */
export function refuseRootInRoot(roots: OpenRoots, troubles: readonly Trouble[]): void {
  for (const { kind, path, side } of troubles) {
    if (side === 'both' || (kind !== 'other-root' && kind !== 'marked')) continue;
    const [around, inside] =
      side === 'source' ? [roots.source, roots.destination] : [roots.destination, roots.source];
    if (kind === 'other-root') throw mountedInside(inside.path, around.path, path);
    if (carriesMarkerOf(inside, around, path)) throw markedInside(around, path, inside);
  }
}

/** Another pair's root may lie in this one; what is no marker says nothing. */
function carriesMarkerOf(inside: Root, around: Root, path: ByteName): boolean {
  try {
    return readMarker(placeIn(around, path))?.root === inside.marker.root;
  } catch {
    return false;
  }
}

function placeIn({ path: root }: Root, path: ByteName): string {
  return join(root, Buffer.from(path, 'latin1').toString());
}

function markedInside(around: Root, path: ByteName, inside: Root): Problem {
  return new Problem('SYNC_ROOTS_OVERLAP', {
    what: `The folder ${escapeName(path)} of ${around.path} carries the marker of ${inside.path}: it is that root, mounted a second time, or a copy of it with its marker.`,
    state: 'Nothing was changed.',
    next: `If it is the same folder, name two that have nothing in common. If it is a copy, remove .sifaka-sync.json from it and run again.`,
  });
}
