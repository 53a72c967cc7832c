import type { Target, TargetRequest } from '../../../shared/schemas/card.ts';

/** The request that finds a target again. A file that was new when it was burned exists by now. */
export function requestFor(target: Target): TargetRequest {
  if (target.kind === 'drive') return { kind: 'drive', path: target.path };
  return target.kind === 'virtual-drive'
    ? { kind: 'virtual-drive', name: driveName(target.path) }
    : { kind: 'existing-file', path: target.path };
}

/** Whether a request means this target. */
export function isTarget(request: TargetRequest | undefined, target: Target): boolean {
  return JSON.stringify(request) === JSON.stringify(requestFor(target));
}

/** A virtual drive is a file named after it, with one extension. */
function driveName(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).replace(/\.[a-z]+$/, '');
}
