import type { Seen, Tree } from './snapshot.ts';

/** Under the names that it had: without the folder of the pass that put it aside. */
export function putAside(trash: Tree): Tree {
  return new Map([...trash].map(([path, seen]) => [path.slice(path.indexOf('/') + 1), seen]));
}

export function everywhere(versions: readonly Tree[], content: string): Seen[] {
  return versions.flatMap((version) => [...version.values()].filter((seen) => seen.content === content));
}

/** A tenth of a microsecond more than what utimes makes of a time. */
const timeMs = 0.0021;

export function isVersion(version: Seen | undefined, seen: Seen): boolean {
  return (
    version?.kind === seen.kind &&
    version.content === seen.content &&
    Math.abs(version.mtimeMs - seen.mtimeMs) <= timeMs
  );
}

/** The path below its root that a call was about: its own, or the one for which something is put into the trash. */
export function namedBy(path: string, roots: readonly string[]): string | undefined {
  const root = roots.find((one) => path.startsWith(`${one}/`));
  if (root === undefined) return undefined;
  const named = path.slice(root.length + 1).replace(/^\.sifaka-trash\/[^/]+\//, '');
  return named.includes('.sifaka-') ? undefined : named;
}

/** Also what looks the same: other bytes of the same size and time are found by `--checksum` only. */
export function areSame(a: Seen | undefined, b: Seen | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  if (a.kind !== 'file') return a.content === b.content;
  return a.size === b.size && Math.abs(a.mtimeMs - b.mtimeMs) <= timeMs;
}

/** What a notice names, with what is in it and above it, and names that are never entered. */
export function isLeft(path: string, left: ReadonlySet<string>): boolean {
  const parts = path.split('/');
  if (parts.some((part) => part.startsWith('.nfs'))) return true;
  if (parts.some((_, index) => left.has(parts.slice(0, index + 1).join('/')))) return true;
  return [...left].some((one) => one.startsWith(`${path}/`));
}
