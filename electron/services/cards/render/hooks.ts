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

/**
 * Files of the lab: nothing in them is expanded. They are copied byte for byte, but for the line ends of a text that was
 * checked out or edited on Windows: a script whose first line ends with CR LF starts on no Linux.
 */
export function renderHooks(input: RenderInput): HookEntry[] {
  return hooksOf(input).map((hook) => {
    const content = input.hooks.get(hook.source);
    if (content === undefined) throw new Error(`the hook ${hook.source} was not read`);
    const linuxContent = withLinuxLineEnds(content);
    const [uid = '0', gid = '0'] = hook.owner.split(':');
    return {
      override: hook.override,
      entry: {
        kind: 'file',
        path: hook.target,
        mode: Number.parseInt(hook.mode, 8),
        uid: Number(uid),
        gid: Number(gid),
        content: linuxContent,
        secret: false,
        reason:
          linuxContent === content
            ? `Hook: ${hook.source}.`
            : `Hook: ${hook.source}, with line ends of Linux.`,
      },
    };
  });
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** CR LF becomes LF; the same bytes when there is none, or when it is no text (it has a zero byte). */
function withLinuxLineEnds(content: Uint8Array): Uint8Array {
  if (content.includes(0)) return content;
  const kept = content.filter((byte, index) => byte !== carriageReturn || content[index + 1] !== lineFeed);
  return kept.length === content.length ? content : kept;
}
