/**
 * Writes JSON Schemas of the lab's files to resources/schemas, for completion and checks in an operator's editor.
 * They are made from the zod schemas and show what may be written (`io: 'input'`: what has a default may be left out).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { problemCodeSchema } from '../shared/problem.ts';
import { manifestSchema } from '../shared/schemas/backup-manifest.ts';
import { backupPolicySchema } from '../shared/schemas/backup-policy.ts';
import { backupRecordsFileSchema } from '../shared/schemas/backup-record.ts';
import { designRecordSchema } from '../shared/schemas/bridge-design.ts';
import { foundChangelogSchema } from '../shared/schemas/changelog.ts';
import { clusterFileSchema } from '../shared/schemas/cluster.ts';
import { hostKeysFileSchema } from '../shared/schemas/host-keys.ts';
import { inventorySchema } from '../shared/schemas/inventory.ts';
import { syncPairsFileSchema } from '../shared/schemas/sync-pairs.ts';

const schemas = {
  inventory: { schema: inventorySchema, title: 'Metis inventory of a Sifaka lab (metis/inventory.yaml)' },
  cluster: { schema: clusterFileSchema, title: 'Cluster file of a Sifaka lab (cluster/<name>.json)' },
  'bridge-design': {
    schema: designRecordSchema,
    title: 'Owners and modes of a bridge design of a Sifaka lab (deploy/attemptN/design.json)',
  },
  'host-keys': {
    schema: hostKeysFileSchema,
    title: 'Trusted host keys of a Sifaka lab (cluster/host-keys.json)',
  },
  'backup-policy': {
    schema: backupPolicySchema,
    title: 'Backup policy of a Sifaka lab (backups/policy.yaml)',
  },
  'backup-manifest': {
    schema: manifestSchema,
    title: 'What a discovery of a Sifaka lab saw (backups/manifest-<date>.json)',
  },
  'backup-records': {
    schema: backupRecordsFileSchema,
    title: 'What was backed up in a Sifaka lab (backups/backups.json)',
  },
  'sync-pairs': {
    schema: syncPairsFileSchema,
    title: 'Pairs of folders that a Sifaka lab keeps in sync (sync/pairs.yaml)',
  },
  changelog: {
    schema: foundChangelogSchema,
    title: 'Changelog of a Sifaka lab (cluster/<name>-changelog.json)',
  },
};

/** Text of every schema file by its name. */
export function jsonSchemaFiles(): Map<string, string> {
  return new Map(
    Object.entries(schemas).map(([name, { schema, title }]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, {
        io: 'input',
        target: 'draft-2020-12',
        unrepresentable: 'any',
        override: ({ zodSchema, jsonSchema }) => {
          if (zodSchema === problemCodeSchema) jsonSchema.type = 'string';
          else if (zodSchema instanceof z.ZodCustom) throw new Error('a custom check has no JSON Schema');
        },
      });
      const whole = { $schema, $id: `urn:sifaka:schema:${name}:1`, title, ...rest };
      return [`${name}.schema.json`, `${JSON.stringify(whole, null, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '..', 'resources', 'schemas');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of jsonSchemaFiles()) {
    writeFileSync(join(folder, name), text);
    console.log(`wrote resources/schemas/${name}`);
  }
}
