import type { Design, DesignRecord, NewAttempt } from '../../../../shared/schemas/bridge-design.ts';
import { Problem } from '../../../../shared/problem.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import type { TreeEntry } from '../../lab/folder-tree.ts';
import type { LabFolder, NewFolder } from '../../lab/lab-folder.ts';
import type { NewFile } from '../../lab/staged-folder.ts';
import { clusterBridge } from '../cluster-bridge.ts';
import { compareDesigns } from './compare-designs.ts';
import { defaultMode } from './design-file.ts';
import { commonFolder, deployFolder } from './design-path.ts';
import { recordName } from './design-record.ts';
import { attemptNumber, designNames } from './list-designs.ts';
import { designOf, designTree, readDesign, recordOf } from './read-design.ts';
import { type RenderedDesign, renderDesign } from './render-design.ts';
import type { Templates } from './templates.ts';

type FileEntry = Extract<TreeEntry, { kind: 'file' }>;

/** A design that the next one is made from. */
interface Base {
  readonly design: Design;
  readonly record: DesignRecord | undefined;
  readonly entries: readonly TreeEntry[];
}

/**
 * Makes the next design, `attemptN+1`: rendered from the cluster file, with what the operator put into the one before it
 * (`from`; `none` for nothing) and Sifaka had not rendered. The folder appears whole, with its line in the logbook. When
 * nothing would differ from the newest design none is made. BRIDGE_MISSING, LAB_VALUE_MISSING, DESIGN_…, LAB_….
 */
export async function newAttempt(
  lab: LabFolder,
  templates: Templates,
  { from }: { readonly from?: string | undefined },
): Promise<NewAttempt> {
  const rendered = renderDesign(await clusterBridge(lab), templates);
  const names = await designNames(lab);
  const newest = names.at(-1);
  const { base, passed } = await baseOf(lab, names, from);
  const name = `attempt${newest === undefined ? 1 : attemptNumber(newest) + 1}`;
  const carried = base === undefined ? [] : carriedOver(base, rendered);
  const files = filesOf(rendered, carried, base?.record);
  const design = designOf(name, treeOf(files));
  const answer = {
    ...(base === undefined ? {} : { from: base.design.name }),
    changes: compareDesigns(base?.design, design),
    carried: carried.map(({ path }) => path),
    notes: [
      ...passed.map((one) => `${one} has no folder of a node: nothing of it was copied.`),
      ...notes(rendered, base),
    ],
  };
  if (base !== undefined && base.design.name === newest && isSame(base.design, design)) {
    return { ...answer, made: false, design: summaryOf(base.design) };
  }
  const folder = `${deployFolder}/${name}`;
  await createDesign(lab, {
    folder,
    files,
    record: {
      project: 'bridge',
      summary: `Made the design ${name} of the bridge ${design.bridge}`,
      details: [
        `For ${Object.keys(design.nodes).join(', ')}; digest ${design.digest}.`,
        base === undefined
          ? 'From the cluster file alone.'
          : `After ${base.design.name}: ${formatQuantity(answer.changes.length, 'difference')}.`,
      ],
      affectedResources: [folder],
    },
  });
  // What is said about it was read back from the lab.
  return { ...answer, made: true, design: summaryOf(await readDesign(lab, name)) };
}

async function createDesign(lab: LabFolder, fresh: NewFolder): Promise<void> {
  try {
    await lab.createFolder(fresh);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'LAB_FILE_EXISTS') throw error;
    // Its name was free when the designs were looked at, or what has it is no design.
    const next = 'Try again for the next number. If it says the same, move what is in that place away.';
    throw new Problem(error.code, { ...error.data, next }, { cause: error });
  }
}

/** The design to go on from, and the newer folders that were passed over: in them is but a script, or a note. */
async function baseOf(
  lab: LabFolder,
  names: readonly string[],
  from: string | undefined,
): Promise<{ base: Base | undefined; passed: string[] }> {
  const passed: string[] = [];
  if (from === 'none') return { base: undefined, passed };
  if (from !== undefined) return { base: await readBase(lab, from), passed };
  for (const name of names.toReversed()) {
    const entries = await designTree(lab, name);
    if (entries.some(({ kind }) => kind !== 'file')) return { base: await readBase(lab, name), passed };
    passed.push(name);
  }
  return { base: undefined, passed };
}

async function readBase(lab: LabFolder, name: string): Promise<Base> {
  const design = await readDesign(lab, name);
  const entries = await designTree(lab, name);
  return { design, entries, record: recordOf(`${deployFolder}/${name}`, entries) };
}

/** The files of a design that nobody rendered, for nodes that still are in the bridge. */
function carriedOver({ entries, record }: Base, rendered: RenderedDesign): FileEntry[] {
  const folders = new Set([commonFolder, ...rendered.nodes]);
  const fresh = new Set(rendered.files.map(({ path }) => path));
  const freshOnNode = new Set(rendered.files.map(({ path }) => path.slice(path.indexOf('/'))));
  return entries.filter((entry): entry is FileEntry => {
    const slash = entry.path.indexOf('/');
    if (entry.kind !== 'file' || slash === -1 || !folders.has(entry.path.slice(0, slash))) return false;
    // A file of a node that stands in front of a common one is the operator's wish, where they saw both.
    if (record === undefined && freshOnNode.has(entry.path.slice(slash))) return false;
    return !fresh.has(entry.path) && !isRendered(record, entry.path);
  });
}

function isRendered(record: DesignRecord | undefined, path: string): boolean {
  const files = record?.files ?? {};
  return Object.hasOwn(files, path) && files[path]?.rendered === true;
}

/** The design's files and its `design.json`, which names owner and mode of each. */
function filesOf(
  rendered: RenderedDesign,
  carried: readonly FileEntry[],
  before: DesignRecord | undefined,
): NewFile[] {
  const fresh = rendered.files.map(({ path, text, mode }) => ({ path, bytes: Buffer.from(text), mode }));
  const record: DesignRecord = {
    schema: 'sifaka.bridge-design/1',
    cluster: rendered.cluster,
    bridge: rendered.bridge,
    renderedFrom: rendered.renderedFrom,
    files: Object.fromEntries(
      [
        ...fresh.map(
          ({ path, mode }) => [path, { owner: 'root', group: 'root', mode, rendered: true }] as const,
        ),
        ...carried.map(({ path, bytes }) => {
          const { rendered: _rendered, ...own } = before?.files?.[path] ?? {};
          return [path, { owner: 'root', group: 'root', mode: defaultMode(bytes), ...own }] as const;
        }),
      ].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
  return [
    { path: recordName, bytes: Buffer.from(`${JSON.stringify(record, null, 2)}\n`), mode: 0o644 },
    ...fresh.map(({ path, bytes, mode }) => ({ path, bytes, mode: Number.parseInt(mode, 8) })),
    ...carried.map(({ path, bytes }) => ({ path, bytes, mode: Number.parseInt(defaultMode(bytes), 8) })),
  ];
}

/** As the lab would list them. */
function treeOf(files: readonly NewFile[]): TreeEntry[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return [
    ...[...folders].map((path) => ({ path, kind: 'folder' as const })),
    ...files.map(({ path, bytes }) => ({ path, kind: 'file' as const, bytes })),
  ];
}

function isSame(one: Design, other: Design): boolean {
  return (
    one.digest === other.digest && one.renderedFrom === other.renderedFrom && one.bridge === other.bridge
  );
}

function summaryOf({ name, digest, nodes }: Design): NewAttempt['design'] {
  return { name, digest, nodes: Object.keys(nodes), files: Object.values(nodes).flat().length };
}

/** What an operator should know before this design is deployed. */
function notes(rendered: RenderedDesign, base: Base | undefined): string[] {
  const said: string[] = [];
  const gone = Object.keys(base?.design.nodes ?? {}).filter((node) => !rendered.nodes.includes(node));
  if (gone.length > 0) said.push(`${gone.join(', ')} had a part in ${base?.design.name}, and has none now.`);
  if (base !== undefined && base.record === undefined) {
    said.push(
      `${base.design.name} was written by hand: all of its files but those that are rendered now were copied. Remove from the new design what does the same work as the rendered files.`,
    );
  }
  for (const port of rendered.racing) {
    said.push(
      `${port} is a name that the kernel gives out itself: naming a port so by its place can fail while both are plugged in. Names such as en05 are safe.`,
    );
  }
  return said;
}
