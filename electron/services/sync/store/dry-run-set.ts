import type { DryRunRow } from './audit-store.ts';

/** Whether two dry runs come to the same set of path, operation and size before; their order does not matter. */
export function isSameDryRun(before: readonly DryRunRow[], now: readonly DryRunRow[]): boolean {
  if (before.length !== now.length) return false;
  const left = new Set(before.map(keyOf));
  // Each is taken out once, so that the same row twice is not taken for two rows.
  return left.size === before.length && now.every((row) => left.delete(keyOf(row)));
}

/** No path has a NUL. */
function keyOf({ filepath, operation, size_before }: DryRunRow): string {
  return `${operation}\0${size_before ?? ''}\0${filepath}`;
}
