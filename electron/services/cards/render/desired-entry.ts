import { Problem } from '../../../../shared/problem.ts';
import type { GoldenImage, NodeClass, NodeEntry } from '../../../../shared/schemas/inventory.ts';
import type { PathInfo } from '../../../imaging/card-image.ts';

/** One thing a card must hold, as seen from the running node: the root file system with the boot partition mounted. */
export type DesiredEntry = DesiredFile | DesiredSymlink | DesiredDirectory;

interface Placed {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Why it is there, in words. */
  readonly reason: string;
}

export interface DesiredFile extends Placed {
  readonly kind: 'file';
  readonly mode: number;
  readonly content: Uint8Array;
  /** true: its digest is keyed and its content is shown nowhere. */
  readonly secret: boolean;
}

export interface DesiredSymlink extends Placed {
  readonly kind: 'symlink';
  readonly linkTarget: string;
}

export interface DesiredDirectory extends Placed {
  readonly kind: 'directory';
  readonly mode: number;
}

/** What is at one path of the golden image's root file system; `content` where it was asked for and is a file. */
export interface ImageEntry {
  readonly info: PathInfo;
  readonly content?: Uint8Array;
}

/** All that rendering may look at. Nothing else goes in, so the same input gives the same card. */
export interface RenderInput {
  readonly nodeName: string;
  readonly node: NodeEntry;
  readonly nodeClass: NodeClass;
  readonly image: GoldenImage;
  /** Paths of the golden image's root file system that were looked at; one that is missing there is missing here. */
  readonly imageEntries: ReadonlyMap<string, ImageEntry>;
  /** Unsealed secrets by name. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Bytes of the hooks by their path in the lab. */
  readonly hooks: ReadonlyMap<string, Uint8Array>;
  /** The time written onto the card. */
  readonly clock: Date;
}

/** What a person who finds one of our files on the node should know. */
export const writtenBy =
  '# Written by Sifaka when this card was made. Its source is the inventory of the lab.';

const encoder = new TextEncoder();

/** A root-owned 0644 file of text lines, unless said otherwise; a final newline is added. */
export function textFile(
  path: string,
  lines: readonly string[],
  reason: string,
  owner: { mode?: number; uid?: number; gid?: number } = {},
): DesiredFile {
  return {
    kind: 'file',
    path,
    mode: owner.mode ?? 0o644,
    uid: owner.uid ?? 0,
    gid: owner.gid ?? 0,
    content: encoder.encode(`${lines.join('\n')}\n`),
    secret: false,
    reason,
  };
}

export function symlink(path: string, linkTarget: string, reason: string): DesiredSymlink {
  return { kind: 'symlink', path, linkTarget, uid: 0, gid: 0, reason };
}

/** The hostname of a node: what it says itself, else its name in the lab. */
export function hostnameOf(nodeName: string, node: NodeEntry): string {
  return node.hostname ?? nodeName;
}

/** A mistake in the inventory that its schema cannot see, because it takes two values to make it. */
export function inventoryMistake(what: string, next: string): Problem {
  return new Problem('LAB_FILE_INVALID', { what, state: 'Nothing was written.', next });
}
