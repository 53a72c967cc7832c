import { renderCard, type PlacedEntry } from '../../../electron/services/cards/render/render-card.ts';
import type { DesiredFile, RenderInput } from '../../../electron/services/cards/render/desired-entry.ts';

/** The rendered card, asked by path as it is seen on the running node. */
export function rendered(input: RenderInput): {
  entries: PlacedEntry[];
  paths: string[];
  text(path: string): string;
  file(path: string): DesiredFile;
  owner(path: string): string;
} {
  const entries = renderCard(input);
  const find = (path: string) => {
    const found = entries.find(({ entry }) => entry.path === path);
    if (!found) throw new Error(`${path} was not rendered`);
    return found.entry;
  };
  const file = (path: string) => {
    const entry = find(path);
    if (entry.kind !== 'file') throw new Error(`${path} is a ${entry.kind}`);
    return entry;
  };
  return {
    entries,
    paths: entries.map(({ entry }) => entry.path),
    file,
    text: (path) => Buffer.from(file(path).content).toString('latin1'),
    owner(path) {
      const entry = find(path);
      const mode = entry.kind === 'symlink' ? '0777' : `0${entry.mode.toString(8).padStart(3, '0')}`;
      return `${mode} ${entry.uid}:${entry.gid}`;
    },
  };
}

export function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return undefined;
}
