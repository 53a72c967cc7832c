import type { Hook } from '../../../../shared/schemas/inventory.ts';
import type { DesiredFile, RenderInput } from './desired-entry.ts';

/** A hook as an entry; `override` says that it may take the place of something Sifaka writes itself. */
export interface HookEntry {
  readonly entry: DesiredFile;
  readonly override: boolean;
}

/** The class's hooks, then the node's; a node's hook with the same target takes the place of the class's. */
export function hooksOf(input: Pick<RenderInput, 'node' | 'nodeClass'>): Hook[] {
  const byTarget = new Map(input.nodeClass.hooks.map((hook) => [hook.target, hook]));
  for (const hook of input.node.hooks) byTarget.set(hook.target, hook);
  return [...byTarget.values()];
}

/** Files of the lab, copied byte for byte: nothing in them is expanded. */
export function renderHooks(input: RenderInput): HookEntry[] {
  return hooksOf(input).map((hook) => {
    const content = input.hooks.get(hook.source);
    if (content === undefined) throw new Error(`the hook ${hook.source} was not read`);
    const [uid = '0', gid = '0'] = hook.owner.split(':');
    return {
      override: hook.override,
      entry: {
        kind: 'file',
        path: hook.target,
        mode: Number.parseInt(hook.mode, 8),
        uid: Number(uid),
        gid: Number(gid),
        content,
        secret: false,
        reason: `Hook: ${hook.source}.`,
      },
    };
  });
}
