import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchemaFiles } from '../../../scripts/write-json-schemas.ts';

const resources = join(import.meta.dirname, '../../../resources');
const files = jsonSchemaFiles();

function schemaOf(name: string): z.ZodType {
  return z.fromJSONSchema(JSON.parse(files.get(name) ?? ''));
}

describe('resources/schemas', () => {
  it('is up to date (npm run schemas)', () => {
    const folder = join(resources, 'schemas');
    expect(readdirSync(folder).toSorted()).toEqual([...files.keys()].toSorted());
    for (const [name, text] of files) expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text);
  });

  it('names each schema', () => {
    for (const [name, text] of files) {
      expect(JSON.parse(text)).toMatchObject({
        $id: expect.stringContaining('sifaka'),
        title: expect.stringContaining('Sifaka'),
      });
      expect(name).toMatch(
        /^(inventory|cluster|changelog|host-keys|bridge-design|backup-(policy|manifest|records)|sync-pairs)\.schema\.json$/,
      );
    }
  });

  it('takes the demo lab, whose defaults are left out, and not a file with a mistake', () => {
    const inventory: unknown = parse(readFileSync(join(resources, 'demo-lab/metis/inventory.yaml'), 'utf8'));
    const cluster: unknown = JSON.parse(
      readFileSync(join(resources, 'demo-lab/cluster/madagascar.json'), 'utf8'),
    );
    expect(schemaOf('inventory.schema.json').safeParse(inventory).error).toBeUndefined();
    expect(schemaOf('cluster.schema.json').safeParse(cluster).error).toBeUndefined();
    const policy: unknown = parse(readFileSync(join(resources, 'demo-lab/backups/policy.yaml'), 'utf8'));
    expect(schemaOf('backup-policy.schema.json').safeParse(policy).error).toBeUndefined();
    expect(schemaOf('backup-policy.schema.json').safeParse({ ...Object(policy), rule: [] }).success).toBe(
      false,
    );
    const pairs: unknown = parse(readFileSync(join(resources, 'demo-lab/sync/pairs.yaml'), 'utf8'));
    expect(schemaOf('sync-pairs.schema.json').safeParse(pairs).error).toBeUndefined();
    expect(schemaOf('sync-pairs.schema.json').safeParse({ ...Object(pairs), pair: {} }).success).toBe(false);
    expect(schemaOf('changelog.schema.json').safeParse([]).error).toBeUndefined();
    expect(schemaOf('changelog.schema.json').safeParse({ entries: [] }).error).toBeUndefined();
    expect(
      schemaOf('inventory.schema.json').safeParse({ ...Object(inventory), nodes: { Bad_Name: {} } }).success,
    ).toBe(false);
    expect(schemaOf('changelog.schema.json').safeParse({}).success).toBe(false);
  });
});
