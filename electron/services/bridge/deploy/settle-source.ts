import type { DeployRecord, NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { readDeployRecord, writeDeployRecord } from './deploy-records.ts';

/**
 * A confirmed deploy of what an earlier one put there or found may end that one's split: its nodes are then known again.
 * Its record says so; one that had ended well is not touched.
 */
export async function settleSource(lab: LabFolder, { source, nodes: done }: DeployRecord): Promise<void> {
  if (source.kind !== 'deploy') return;
  const earlier = await readDeployRecord(lab, source.id);
  if (earlier.state === 'confirmed') return;
  const state = source.state === 'after' ? ('new' as const) : ('old' as const);
  const reached = new Set(done.map(({ node }) => node));
  const nodes = earlier.nodes.map((node) => (reached.has(node.node) ? { ...node, state } : node));
  await writeDeployRecord(lab, settledRecord({ ...earlier, nodes }), { replaces: true });
}

/** A node whose files were right already has no state of this deploy. */
export function isChangedNode({ before, after, state }: DeployRecord['nodes'][number]): boolean {
  return state !== 'new' || wordsOf(before) !== wordsOf(after);
}

function wordsOf(files: readonly NodeFile[]): string {
  return files
    .map(({ path, owner, group, mode, sha256 }) => [path, owner, group, mode, sha256].join(' '))
    .toSorted()
    .join('\n');
}

/** What a record is called once its nodes are known. */
export function settledRecord(record: DeployRecord): DeployRecord {
  const changed = record.nodes.filter(isChangedNode);
  const states = new Set((changed.length === 0 ? record.nodes : changed).map(({ state }) => state));
  const only = (state: DeployRecord['nodes'][number]['state']) => states.size === 1 && states.has(state);
  if (only('new')) return { ...record, state: 'confirmed' };
  if (!states.has('new') && !states.has('started') && !states.has('unknown'))
    return { ...record, state: 'rolled-back' };
  return { ...record, state: record.state === 'started' && states.has('started') ? 'started' : 'split' };
}
