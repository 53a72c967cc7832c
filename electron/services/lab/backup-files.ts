import { fits, policyFor } from '../../../shared/backup-rules.ts';
import { type Manifest, manifestSchema } from '../../../shared/schemas/backup-manifest.ts';
import type { BackupPolicy } from '../../../shared/schemas/backup-policy.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import { fileLimit } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { type ParsedLabFile, parseFile, parsePolicy, policyFile } from './known-files.ts';
import { refuseNewer } from './schema-version.ts';

export const backupsFolder = 'backups';
/** Ten thousand archives have less than 5 MB. */
export const manifestLimit = 64 * 1024 * 1024;
/** Fifty thousand backups with their copies and checks. */
export const recordsLimit = 128 * 1024 * 1024;

/** `undefined` when the lab has none. `cluster`: what the policy's names are looked up in. */
export async function readPolicy(
  folder: ConfinedFolder,
  cluster: ClusterFile | undefined | 'unreadable',
): Promise<ParsedLabFile<BackupPolicy> | undefined> {
  if (!(await folder.exists(policyFile))) return undefined;
  return parsePolicy(policyFile, await folder.readBytes(policyFile, fileLimit), cluster);
}

/**
 * The newest manifest, `backups/manifest-2026-11-20.json`; `undefined` when there is none. One of a later day than tomorrow
 * was made by a clock that was wrong, and would be the newest for good.
 */
export async function newestManifestFile(
  lab: Pick<ConfinedFolder, 'listFiles'>,
  now: Date,
): Promise<string | undefined> {
  const tomorrow = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10);
  const name = (await lab.listFiles(backupsFolder))
    .filter((file) => /^manifest-\d{4}-\d{2}-\d{2}\.json$/.test(file) && file <= `manifest-${tomorrow}.json`)
    .toSorted()
    .at(-1);
  return name === undefined ? undefined : `${backupsFolder}/${name}`;
}

/** LAB_FILE_INVALID, LAB_SCHEMA_NEWER. */
export function parseManifest(file: string, bytes: Uint8Array): Manifest {
  // Finding the places of a large file's values takes longer than all else, and only a file with mistakes needs them.
  const parsed = manifestSchema.safeParse(plainJson(bytes));
  return parsed.success ? parsed.data : parseFile(file, bytes, manifestSchema).value;
}

function plainJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Selectors of a policy, as they are written, that mean none of the guests of a manifest, and rules that come to nothing. */
export function idleInPolicy(policy: BackupPolicy, { guests, nodes }: Manifest): string[] {
  // What a silent node has is not known, so that its selectors are not called wrong.
  if (nodes.some(({ state }) => state === 'silent')) return [];
  const selectors = [...policy.rules.flatMap((rule) => rule.guests), ...policy.exclude];
  const idle = selectors.filter((selector) => !guests.some((guest) => fits(selector, guest))).map(String);
  const used = new Set(
    guests.map((guest) => {
      const found = policyFor(policy, guest);
      return found.kind === 'rule' ? found.rule : undefined;
    }),
  );
  const rules = policy.rules.filter(
    (rule) => !used.has(rule) && rule.guests.some((selector) => !idle.includes(String(selector))),
  );
  return [
    ...[...new Set(idle)].map((selector) => `${selector} means no guest`),
    ...rules.map(({ name }) => `the rule ${name} counts for no guest, since others come before it`),
  ];
}

/**
 * LAB_SCHEMA_NEWER for a file that Sifaka writes itself, with `schema` as its first key: only its beginning is read, since
 * it may be large, and this is asked before every change of the lab.
 */
export async function refuseNewerStart(folder: ConfinedFolder, file: string): Promise<void> {
  const start = (await folder.readStart(file, 256)).toString('utf8');
  const [, schema] = /^\ufeff?\s*\{\s*"schema"\s*:\s*"([^"\\]{1,100})"/.exec(start) ?? [];
  refuseNewer(file, { schema });
}
