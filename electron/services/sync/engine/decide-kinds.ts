import { below, escapeName } from './byte-names.ts';
import { compareKinds, hasChanged, type Side } from './compare.ts';
import { stay } from './decided.ts';
import type { Decided, DecisionPorts, PairDifference } from './decided.ts';
import type { ByteName, Entry } from './entry.ts';
import { giveTurn } from './give-turn.ts';
import { md5OfTarget, targetOf } from './link-target.ts';
import { conflictNotice, noticeOf, specialNotice } from './plan-notices.ts';
import { FolderWalk } from './survey/folder-walk.ts';
import { noFindings } from './survey/findings.ts';
import type { Findings } from './survey/findings.ts';

/** Names looked at before everything else has its turn: some three milliseconds. */
const pieceEntries = 800;

/**
 * A name that is a file, a folder or a link here and another of them there: the older goes to the trash as a whole. A folder may
 * hold as much as the rest of the pair: all of it is looked at in pieces. CANCELLED.
 */
export async function decideKinds(
  difference: PairDifference,
  found: Findings,
  ports: DecisionPorts,
  decided: Decided,
): Promise<void> {
  const { path, source, destination } = difference;
  const trees = {
    source: await treeOf('source', path, source, ports),
    destination: await treeOf('destination', path, destination, ports),
  };
  for (const side of ['source', 'destination'] as const) found.counts[side] += trees[side].counts[side];
  const troubles = [...trees.source.troubles, ...trees.destination.troubles].filter(
    // Another pair's root: no part of it is left out.
    ({ kind }) => kind !== 'marked',
  );
  if (troubles.length > 0) {
    found.troubles.push(...troubles);
    decided.notices.push({
      kind: 'kept',
      filepath: escapeName(path),
      text: 'The two sides have different kinds of thing there, and not all of it could be looked at. Neither was touched.',
    });
    return;
  }
  const decision = compareKinds(
    {
      source,
      destination,
      newest: {
        source: newestOf(source, trees.source),
        destination: newestOf(destination, trees.destination),
      },
      changed: await changedSides(difference, trees, ports),
    },
    ports.rules,
  );
  if (decision.kind === 'notice') decided.notices.push(noticeOf(decision.notice, path));
  if (decision.kind === 'destination-wins') stay(difference, decision.reason, decided);
  if (decision.kind !== 'update' || source.kind === 'special') return;
  decided.operations.push({
    operation: 'update',
    kind: source.kind,
    path,
    reason: decision.reason,
    conflict: decision.conflict,
    source,
    destination,
  });
  decided.deletes += destination.kind === 'folder' ? trees.destination.counts.destination : 1;
  if (decision.conflict) decided.notices.push(conflictNotice(path));
  for (const { path: under, source: entry } of trees.source.differences) {
    if (entry === undefined) continue;
    if (entry.kind === 'special') decided.notices.push(specialNotice(under));
    else
      decided.operations.push({
        operation: 'create',
        kind: entry.kind,
        path: under,
        reason: 'missing',
        conflict: false,
        source: entry,
      });
  }
}

/** All that lies in a folder, as differences of one side. */
async function treeOf(
  side: Side,
  path: ByteName,
  entry: Entry,
  { request, signal }: DecisionPorts,
): Promise<Findings> {
  if (entry.kind !== 'folder') return noFindings();
  const walk = new FolderWalk({ ...request, deleteMissing: true, digests: undefined });
  walk.push([{ on: side, path }]);
  do await giveTurn(signal);
  while (!walk.step(pieceEntries));
  return walk.takeFindings();
}

function newestOf(entry: Entry, tree: Findings): number {
  return tree.differences.reduce(
    (newest, { source, destination }) => Math.max(newest, (source ?? destination)?.mtimeMs ?? 0),
    entry.mtimeMs,
  );
}

/** Which sides are not what both last had; `undefined` when that is not known. */
async function changedSides(
  { path, source, destination }: PairDifference,
  trees: Record<Side, Findings>,
  ports: DecisionPorts,
): Promise<Record<Side, boolean> | undefined> {
  if (ports.agreed.advise(path) === undefined) return undefined;
  return {
    source: await hasTreeChanged('source', path, source, trees.source, ports),
    destination: await hasTreeChanged('destination', path, destination, trees.destination, ports),
  };
}

async function hasTreeChanged(
  side: Side,
  path: ByteName,
  entry: Entry,
  tree: Findings,
  ports: DecisionPorts,
): Promise<boolean> {
  if (isChanged(side, path, entry, ports)) return true;
  if (entry.kind !== 'folder') return false;
  const here = new Map(tree.differences.map((difference) => [difference.path, difference[side]]));
  const folders = [path];
  let looked = 0;
  for (const [under, about] of here) {
    looked += 1;
    if (looked % pieceEntries === 0) await giveTurn(ports.signal);
    if (about === undefined || isChanged(side, under, about, ports)) return true;
    if (about.kind === 'folder') folders.push(under);
  }
  return folders.some((folder) =>
    [...(ports.agreed.folder(folder) ?? [])].some(
      ([name, { agreed }]) => agreed !== undefined && !here.has(below(folder, name)),
    ),
  );
}

function isChanged(
  side: Side,
  path: ByteName,
  entry: Entry,
  { agreed, request, rules }: DecisionPorts,
): boolean {
  const known = agreed.advise(path);
  if (known === undefined) return true;
  const md5 = entry.kind === 'link' ? md5OfTarget(targetOf(`${request[side].bytes}/${path}`)) : undefined;
  return hasChanged(side, { entry, agreed: known, md5 }, rules);
}
