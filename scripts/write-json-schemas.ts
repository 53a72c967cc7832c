/**
 * Writes JSON Schemas of the lab's files to resources/schemas, for completion and checks in an operator's editor.
 * They are made from the zod schemas and show what may be written (`io: 'input'`: what has a default may be left out).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { foundChangelogSchema } from '../shared/schemas/changelog.ts';
import { clusterFileSchema } from '../shared/schemas/cluster.ts';
import { hostKeysFileSchema } from '../shared/schemas/host-keys.ts';
import { inventorySchema } from '../shared/schemas/inventory.ts';

const schemas = {
  inventory: { schema: inventorySchema, title: 'Metis inventory of a Sifaka lab (metis/inventory.yaml)' },
  cluster: { schema: clusterFileSchema, title: 'Cluster file of a Sifaka lab (cluster/<name>.json)' },
  'host-keys': {
    schema: hostKeysFileSchema,
    title: 'Trusted host keys of a Sifaka lab (cluster/host-keys.json)',
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
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
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
