import { Problem } from '../../../../shared/problem.ts';
import { renderBootstrap } from './bootstrap.ts';
import { renderCloudInit } from './cloud-init.ts';
import type { DesiredEntry, RenderInput } from './desired-entry.ts';
import { renderHooks } from './hooks.ts';
import { renderHostname } from './hostname-and-hosts.ts';
import { renderK3s } from './k3s.ts';
import { renderLogs } from './logs.ts';
import { renderLonghorn } from './longhorn.ts';
import { renderNetwork } from './network.ts';
import { renderSshHostKeys } from './ssh-host-keys.ts';
import { renderUsers } from './users.ts';

/** An entry and the partition it lies on; `path` is relative to that partition's own root. */
export interface PlacedEntry {
  readonly partition: 'boot' | 'root';
  readonly path: string;
  readonly entry: DesiredEntry;
}

const renderers = [
  renderHostname,
  renderCloudInit,
  renderNetwork,
  renderUsers,
  renderSshHostKeys,
  renderK3s,
  renderLonghorn,
  renderBootstrap,
  renderLogs,
];

/**
 * Everything a node's card gets, sorted so that a folder comes before what is in it.
 *
 * Two sources of one path are INJECTION_CONFLICT, with one exception: a hook with `override: true` takes the place of
 * what Sifaka would write there itself.
 */
export function renderCard(input: RenderInput): PlacedEntry[] {
  const byPlace = new Map<string, PlacedEntry>();
  for (const entry of renderers.flatMap((render) => render(input))) {
    add(byPlace, place(input, entry), false);
  }
  for (const { entry, override } of renderHooks(input)) {
    add(byPlace, place(input, entry), override);
  }
  const placed = [...byPlace.values()].toSorted(byPartitionAndPath);
  refuseImpossible(input, placed);
  return placed;
}

function place(input: RenderInput, entry: DesiredEntry): PlacedEntry {
  const { bootMount, bootPartition } = input.image;
  if (bootPartition !== undefined && entry.path.startsWith(`${bootMount}/`)) {
    return { partition: 'boot', path: entry.path.slice(bootMount.length), entry };
  }
  return { partition: 'root', path: entry.path, entry };
}

function add(byPlace: Map<string, PlacedEntry>, placed: PlacedEntry, override: boolean): void {
  // FAT does not tell upper from lower case.
  const key = `${placed.partition}:${placed.partition === 'boot' ? placed.path.toLowerCase() : placed.path}`;
  const other = byPlace.get(key);
  if (other !== undefined && !override) {
    throw conflict(
      `Two things want to be ${placed.entry.path} on the card: ${quoteReason(other)} and ${quoteReason(placed)}`,
      'Remove one of them; a hook that is meant to win says override: true.',
    );
  }
  byPlace.set(key, placed);
}

/** Nothing may lie below a file or a link that the card itself brings, nor below a folder that a disk is mounted over. */
function refuseImpossible(input: RenderInput, placed: readonly PlacedEntry[]): void {
  const mountPaths = input.node.longhornDisks.map((disk) => disk.mountPath);
  const leaves = new Set(
    placed.filter(({ entry }) => entry.kind !== 'directory').map(({ entry }) => entry.path),
  );
  for (const { entry } of placed) {
    const mount = mountPaths.find((path) => entry.path.startsWith(`${path}/`));
    if (mount !== undefined) {
      throw conflict(
        `${entry.path} would be hidden by the Longhorn disk mounted at ${mount}.`,
        'Use another target for the hook, or another mount path.',
      );
    }
    const leaf = parentsOf(entry.path).find((path) => leaves.has(path));
    if (leaf !== undefined) {
      throw conflict(
        `${entry.path} cannot be made: ${leaf} is not a folder on this card.`,
        'Use another target for the hook.',
      );
    }
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function byPartitionAndPath(a: PlacedEntry, b: PlacedEntry): number {
  if (a.partition !== b.partition) return a.partition < b.partition ? -1 : 1;
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}

function quoteReason(placed: PlacedEntry): string {
  return `“${placed.entry.reason}”`;
}

function conflict(what: string, next: string): Problem {
  return new Problem('INJECTION_CONFLICT', { what, state: 'Nothing was written.', next });
}
