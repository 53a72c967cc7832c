import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type BackupPolicy, backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';
import { clusterFileSchema, type ClusterFile } from '../../../shared/schemas/cluster.ts';
import { type HostKeysFile, hostKeysFileSchema } from '../../../shared/schemas/host-keys.ts';
import { inventorySchema, type Inventory } from '../../../shared/schemas/inventory.ts';
import { type SyncPairsFile, syncPairsFileSchema } from '../../../shared/schemas/sync-pairs.ts';
import { clusterReferenceMistakes } from './cluster-references.ts';
import { inventoryReferenceMistakes } from './inventory-references.ts';
import { parseJsonDocument } from './json-document.ts';
import { fileProblem, type LabDocument, type Mistake, MistakesInFile } from './lab-document.ts';
import { pairReferenceMistakes } from './pair-references.ts';
import { policyReferenceMistakes } from './policy-references.ts';
import { refuseNewer } from './schema-version.ts';
import { inOrderOfFile, mistakeAt, schemaMistakes } from './schema-mistakes.ts';
import { parseYamlDocument } from './yaml-document.ts';

export const inventoryFile = 'metis/inventory.yaml';
export const hostKeysFile = 'cluster/host-keys.json';
export const policyFile = 'backups/policy.yaml';
export const recordsFile = 'backups/backups.json';
export const targetsFile = 'backups/targets.json';
export const pairsFile = 'sync/pairs.yaml';
export const secretsFolder = 'metis/secrets';

export interface ParsedLabFile<Value> {
  readonly file: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly digest: string;
  readonly document: LabDocument;
  readonly value: Value;
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The file's syntax and nothing else. LAB_FILE_INVALID, LAB_SCHEMA_NEWER. */
export function parseDocument(file: string, bytes: Uint8Array): LabDocument {
  try {
    const document = file.endsWith('.json') ? parseJsonDocument(bytes) : parseYamlDocument(bytes);
    refuseNewer(file, document.value);
    return document;
  } catch (error) {
    if (error instanceof MistakesInFile) throw fileProblem(file, error.mistakes);
    throw error;
  }
}

export function parseInventory(file: string, bytes: Uint8Array): ParsedLabFile<Inventory> {
  return parseFile(file, bytes, inventorySchema, (value, document) =>
    inventoryReferenceMistakes(value).map(({ path, message }) => mistakeAt(document, path, message)),
  );
}

export function parseCluster(file: string, bytes: Uint8Array): ParsedLabFile<ClusterFile> {
  return parseFile(file, bytes, clusterFileSchema, (value, document) =>
    clusterReferenceMistakes(value).map(({ path, message }) => mistakeAt(document, path, message)),
  );
}

/** `cluster`: what the policy's names are looked up in. */
export function parsePolicy(
  file: string,
  bytes: Uint8Array,
  cluster: ClusterFile | undefined | 'unreadable',
): ParsedLabFile<BackupPolicy> {
  return parseFile(file, bytes, backupPolicySchema, (value, document) =>
    policyReferenceMistakes(value, cluster).map(({ path, message }) => mistakeAt(document, path, message)),
  );
}

export function parsePairs(file: string, bytes: Uint8Array): ParsedLabFile<SyncPairsFile> {
  return parseFile(file, bytes, syncPairsFileSchema, (value, document) =>
    pairReferenceMistakes(value).map(({ path, message }) => mistakeAt(document, path, message)),
  );
}

export function parseHostKeys(file: string, bytes: Uint8Array): ParsedLabFile<HostKeysFile> {
  return parseFile(file, bytes, hostKeysFileSchema, ({ hosts }, document) =>
    Object.entries(hosts).flatMap(([host, { keys }]) =>
      keys.flatMap(({ type, key }, index) =>
        keyTypeOf(Buffer.from(key, 'base64')) === type
          ? []
          : [mistakeAt(document, ['hosts', host, 'keys', index, 'key'], `is no key of the type ${type}`)],
      ),
    ),
  );
}

/** The type that a public key's blob begins with (RFC 4253, 6.6). */
function keyTypeOf(blob: Buffer): string | undefined {
  return blob.length < 4 ? undefined : blob.toString('latin1', 4, 4 + Math.min(64, blob.readUInt32BE(0)));
}

/** A file of a domain by its schema, with every mistake at its line. LAB_FILE_INVALID, LAB_SCHEMA_NEWER. */
export function parseFile<Schema extends z.ZodType>(
  file: string,
  bytes: Uint8Array,
  schema: Schema,
  furtherMistakes: (value: z.output<Schema>, document: LabDocument) => Mistake[] = () => [],
): ParsedLabFile<z.output<Schema>> {
  const document = parseDocument(file, bytes);
  if (document.value === null || document.value === undefined) {
    throw fileProblem(file, [{ message: 'the file is empty' }]);
  }
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) throw fileProblem(file, schemaMistakes(document, parsed.error.issues));
  const mistakes = furtherMistakes(parsed.data, document);
  if (mistakes.length > 0) throw fileProblem(file, inOrderOfFile(mistakes));
  return { file, digest: digestOf(bytes), document, value: parsed.data };
}
