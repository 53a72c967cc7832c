import { type Design, type DesignRecord } from '../../../../shared/schemas/bridge-design.ts';
import { designNameSchema, type NodeFile } from '../../../../shared/schemas/bridge.ts';
import { hostLabelSchema } from '../../../../shared/schemas/names.ts';
import { Problem } from '../../../../shared/problem.ts';
import type { TreeEntry } from '../../lab/folder-tree.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { bridgeIn } from './bridge-in-files.ts';
import { designDigest } from './design-digest.ts';
import { designFile } from './design-file.ts';
import { commonFolder, deployFolder, isDesignFolder, whyNotInDesign } from './design-path.ts';
import { designInvalid, designUnknown, pathRefused } from './design-problems.ts';
import { parseDesignRecord, recordName } from './design-record.ts';

/** A design is a few small texts for each node: what is larger is not one. */
const limits = { entries: 2000, fileBytes: 64 * 1024, totalBytes: 2 * 1024 * 1024, pathLength: 400 } as const;
const mostNodes = 64;
const mostFilesOfNode = 256;
const mostBytesOfNode = 512 * 1024;

/** An overlay's file: its path in the design's folder, that folder's first part, and the path on the node. */
interface OverlayFile {
  readonly inDesign: string;
  readonly overlay: string;
  readonly onNode: string;
  readonly bytes: Uint8Array;
}

/**
 * The design in `deploy/<name>`: for every node that has a folder there, the files of `common/` and its own, which win
 * at the same path. Files directly in the design's folder (`deploy_tb.sh`, notes) are not part of it, `design.json`
 * apart. DESIGN_UNKNOWN, DESIGN_PATH_REFUSED, DESIGN_INVALID, and LAB_… for what cannot be read at all.
 */
export async function readDesign(lab: LabFolder, name: string): Promise<Design> {
  if (!designNameSchema.safeParse(name).success) throw designUnknown(name);
  return designOf(name, await designTree(lab, name));
}

/** The design that a tree of files makes. Pure. DESIGN_PATH_REFUSED, DESIGN_INVALID, LAB_SCHEMA_NEWER. */
export function designOf(name: string, entries: readonly TreeEntry[]): Design {
  const folder = `${deployFolder}/${name}`;
  refuseStrange(folder, entries);
  const overlays = overlayFiles(entries);
  const record = recordOf(folder, entries);
  const nodes = nodesOf(folder, entries, overlays, record);
  return {
    name,
    digest: designDigest(nodes),
    bridge: record?.bridge ?? bridgeIn(Object.values(nodes).flat()) ?? 'thunderbridge',
    ...(record?.renderedFrom === undefined ? {} : { renderedFrom: record.renderedFrom }),
    nodes,
  };
}

/** What `design.json` says; `undefined` when the design has none. DESIGN_INVALID, LAB_SCHEMA_NEWER. */
export function recordOf(folder: string, entries: readonly TreeEntry[]): DesignRecord | undefined {
  const found = entries.find(({ path }) => path === recordName);
  if (found?.kind !== 'file') return undefined;
  const paths = new Set(overlayFiles(entries).map(({ inDesign }) => inDesign));
  return parseDesignRecord(`${folder}/${recordName}`, found.bytes, paths);
}

/** All that lies in a design's folder. DESIGN_UNKNOWN, LAB_…. */
export async function designTree(lab: LabFolder, name: string): Promise<TreeEntry[]> {
  try {
    return await lab.readTree(`${deployFolder}/${name}`, limits);
  } catch (error) {
    if (error instanceof Problem && error.code === 'LAB_FILE_MISSING') throw designUnknown(name);
    throw error;
  }
}

/** The files below the folders of a design. */
function overlayFiles(entries: readonly TreeEntry[]): OverlayFile[] {
  return entries.flatMap((entry) => {
    const slash = entry.path.indexOf('/');
    if (entry.kind !== 'file' || slash === -1 || isHidden(entry.path)) return [];
    const { path, bytes } = entry;
    return [{ inDesign: path, overlay: path.slice(0, slash), onNode: path.slice(slash + 1), bytes }];
  });
}

/** Every file and folder that a deploy must not take to a node, links and special files first. */
function refuseStrange(folder: string, entries: readonly TreeEntry[]): void {
  const refused = entries.flatMap(({ path, kind }) => {
    const reason = whyRefused(path, kind);
    return reason === undefined ? [] : [{ path, reason }];
  });
  const seen = new Map<string, string>();
  for (const { path } of entries) {
    const other = seen.get(path.toLowerCase());
    if (other !== undefined && path.includes('/')) {
      refused.push({ path, reason: `differs from ${onOneLine(other)} in upper and lower case only` });
    }
    seen.set(path.toLowerCase(), path);
  }
  if (refused.length > 0) throw pathRefused(folder, refused);
}

function whyRefused(path: string, kind: TreeEntry['kind']): string | undefined {
  const slash = path.indexOf('/');
  // What lies directly in the folder is not part of the design; a link there may be a folder of files, though.
  if (slash === -1) {
    if (kind === 'link') return 'is a link; a design has only ordinary files';
    if (kind !== 'folder' || path === commonFolder || isHidden(path)) return undefined;
    return hostLabelSchema.safeParse(path).success ? undefined : 'is neither common nor the name of a node';
  }
  if (isHidden(path)) return undefined;
  if (kind === 'link') return 'is a link; a design has only ordinary files';
  if (kind === 'other') return 'is not an ordinary file';
  const below = path.slice(slash + 1);
  if (kind === 'file') return whyNotInDesign(below);
  return isDesignFolder(below)
    ? undefined
    : (whyNotInDesign(below) ?? 'is not a place for files of a design');
}

/** A hidden folder beside the nodes' own, as an editor or git makes it, is not part of the design. */
function isHidden(path: string): boolean {
  return path.startsWith('.');
}

function nodesOf(
  folder: string,
  entries: readonly TreeEntry[],
  overlays: readonly OverlayFile[],
  record: DesignRecord | undefined,
): Record<string, NodeFile[]> {
  const names = entries.flatMap(({ path, kind }) =>
    kind === 'folder' && !path.includes('/') && path !== commonFolder && !isHidden(path) ? [path] : [],
  );
  const withFiles = names.filter((node) => overlays.some(({ overlay }) => overlay === node));
  if (withFiles.length === 0) {
    throw designInvalid(
      folder,
      `${folder} has files for no node.`,
      'A design has a folder for each node, as in baobab/etc/network/interfaces.d/10-thunderbolt.',
    );
  }
  if (withFiles.length > mostNodes) {
    throw designInvalid(
      folder,
      `${folder} has files for more than ${mostNodes} nodes.`,
      'Make a design for fewer.',
    );
  }
  const files = overlays.map((file) => ({
    overlay: file.overlay,
    file: designFile(`/${file.onNode}`, file.bytes, record?.files?.[file.inDesign]),
  }));
  return Object.fromEntries(
    withFiles.map((node) => {
      const common = files.filter(({ overlay }) => overlay === commonFolder);
      const own = files.filter(({ overlay }) => overlay === node);
      const byPath = new Map([...common, ...own].map(({ file }) => [file.path, file]));
      return [node, checkedFiles(folder, node, [...byPath.values()])];
    }),
  );
}

/** Sorted by path. A path below another file, or too many files, is DESIGN_INVALID. */
function checkedFiles(folder: string, node: string, files: readonly NodeFile[]): NodeFile[] {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > mostFilesOfNode || bytes > mostBytesOfNode) {
    throw designInvalid(
      folder,
      `${folder} has ${files.length} files with ${bytes} bytes for ${node}; a design may have ${mostFilesOfNode} with ${mostBytesOfNode}.`,
      'Keep in it only what makes the bridge.',
    );
  }
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const paths = new Set(sorted.map(({ path }) => path));
  for (const { path } of sorted) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (!paths.has(path.slice(0, end))) continue;
      throw designInvalid(
        folder,
        `${node} would have ${path.slice(0, end)} as a file and as a folder with ${path.slice(end + 1)} in it.`,
        `Remove one of them from ${folder}.`,
      );
    }
  }
  return sorted;
}
