import type { FileChange, NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { DeployedFile } from '../facts/deploy-state.ts';
import type { FileFacts, NodeBridgeFacts } from '../facts/node-facts.ts';

type Files = Pick<NodeBridgeFacts, 'files' | 'state'>;

/**
 * What differs between the files that a node shall have and those it has, by path. A file that an earlier deploy left and
 * that is not wanted any more is removed; one that nobody deployed is not touched. A file that is in the way (a link, a
 * folder) counts as none: that is a refusal besides.
 */
export function fileChanges(wanted: readonly NodeFile[], { files, state }: Files): FileChange[] {
  const deployed = new Map((state.deployed?.files ?? []).map((file) => [file.path, file]));
  const changes = wanted.flatMap((after): FileChange[] => {
    const before = presentFile(files.get(after.path));
    const action = actionFor(before, after);
    if (action === undefined) return [];
    const drifted = hasDrifted(before, deployed.get(after.path));
    return [{ path: after.path, action, ...(before === undefined ? {} : { before }), after, drifted }];
  });
  const kept = new Set(wanted.map(({ path }) => path));
  const removed = [...deployed.values()].flatMap((file): FileChange[] => {
    const before = kept.has(file.path) ? undefined : presentFile(files.get(file.path));
    if (before === undefined) return [];
    return [{ path: file.path, action: 'remove', before, drifted: hasDrifted(before, file) }];
  });
  return [...changes, ...removed].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function presentFile(facts: FileFacts | undefined): NodeFile | undefined {
  return facts?.kind === 'file' ? facts.file : undefined;
}

function actionFor(before: NodeFile | undefined, after: NodeFile): FileChange['action'] | undefined {
  if (before === undefined) return 'create';
  if (before.sha256 !== after.sha256) return 'replace';
  return sameRights(before, after) ? undefined : 'permissions';
}

/** Whether somebody changed or removed what a deploy left there. */
function hasDrifted(now: NodeFile | undefined, left: DeployedFile | undefined): boolean {
  if (left === undefined) return false;
  return now === undefined || now.sha256 !== left.sha256 || !sameRights(now, left);
}

type Rights = Pick<NodeFile, 'owner' | 'group' | 'mode'>;

function sameRights(one: Rights, other: Rights): boolean {
  return one.owner === other.owner && one.group === other.group && one.mode === other.mode;
}
