import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePairs, parsePolicy } from '../../../electron/services/lab/known-files.ts';
import { changelogFileSchema } from '../../../shared/schemas/changelog.ts';
import { clusterFileSchema } from '../../../shared/schemas/cluster.ts';
import { inventorySchema } from '../../../shared/schemas/inventory.ts';
import { directionsOf } from '../../../shared/sync-directions.ts';

const lab = fileURLToPath(new URL('../../../resources/demo-lab/', import.meta.url));
const text = (path: string) => readFileSync(join(lab, path), 'utf8');
const inventory = inventorySchema.parse(parse(text('metis/inventory.yaml'), { maxAliasCount: 0 }));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
}

const unique = (values: readonly string[]) => expect(new Set(values).size).toBe(values.length);

describe('the demo lab', () => {
  it('has the classes and machines of the lab it is modelled on', () => {
    expect(Object.keys(inventory.classes)).toEqual([
      'rpi5-ubuntu',
      'rpi4-armbian-longhorn',
      'rpi4-armbian-std',
      'control-plane',
      'amd64-agents',
      'external-hosts',
    ]);
    for (const node of ['titan-13', 'titan-15', 'titan-17', 'titan-19']) {
      expect(inventory.nodes[node]?.class).toBe('rpi4-armbian-longhorn');
      expect(inventory.nodes[node]?.longhornDisks.length).toBeGreaterThan(0);
    }
    expect(inventory.nodes['titan-23']?.alias).toBe('oceanus');
    expect(Object.keys(inventory.nodes)).toEqual(
      expect.arrayContaining(['titan-20', 'titan-21', 'tethys', 'titan-db', 'titan-jh']),
    );
    expect(new Set(Object.values(inventory.classes).map((entry) => entry.networkRenderer)).size).toBe(3);
  });

  it('refers to nothing it does not have, and gives no two nodes one name, address or disk', () => {
    const nodes = Object.values(inventory.nodes);
    for (const node of nodes) expect(inventory.classes).toHaveProperty([node.class]);
    for (const entry of Object.values(inventory.classes))
      expect(inventory.images).toHaveProperty([entry.image]);
    const hooks = [...nodes, ...Object.values(inventory.classes)].flatMap((entry) => entry.hooks);
    for (const hook of hooks) expect(statSync(join(lab, hook.source)).size).toBeGreaterThan(0);
    unique([...Object.keys(inventory.nodes), ...nodes.flatMap((node) => node.alias ?? [])]);
    unique(nodes.flatMap((node) => (node.network.addresses === 'dhcp' ? [] : node.network.addresses)));
    unique(nodes.flatMap((node) => node.longhornDisks.map((disk) => disk.uuid)));
  });

  it('has the image its inventory names, byte for byte', () => {
    const image = inventory.images['demo'];
    const bytes = readFileSync(join(lab, image?.file ?? ''));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(image?.sha256);
    expect(bytes.length).toBeLessThan(1 << 20);
  });

  it('has the cluster madagascar and an empty logbook', () => {
    const cluster = clusterFileSchema.parse(JSON.parse(text('cluster/madagascar.json')));
    const nodes = cluster.clusters['madagascar']?.nodes ?? {};
    expect(Object.keys(nodes)).toEqual(['baobab', 'ebony', 'tapia']);
    for (const node of Object.values(nodes)) {
      expect(node).toMatchObject({ hosts: {}, wan: {}, thunderbridge: { mtu: 65520 } });
    }
    const changelog = changelogFileSchema.parse(JSON.parse(text('cluster/madagascar-changelog.json')));
    expect(changelog).toMatchObject({ entries: [] });
  });

  it('backs its guests up to targets that its cluster file has', () => {
    const cluster = clusterFileSchema.parse(JSON.parse(text('cluster/madagascar.json')));
    const policy = parsePolicy(
      'backups/policy.yaml',
      Buffer.from(text('backups/policy.yaml')),
      cluster,
    ).value;
    expect(policy.rules.map(({ name }) => name)).toEqual(['databases', 'exports', 'everyone']);
    const targets = Object.keys(cluster.clusters['madagascar']?.backups?.targets ?? {});
    expect(new Set(policy.rules.flatMap((rule) => rule.targets))).toEqual(new Set(targets));
  });

  it('keeps pairs in sync, each with two sides', () => {
    const { pairs } = parsePairs('sync/pairs.yaml', Buffer.from(text('sync/pairs.yaml'))).value;
    expect(Object.values(pairs).flatMap((pair) => directionsOf(pair).map(({ name }) => name))).toEqual([
      'dell-to-hp',
      'hp-to-dell',
      'dell-to-hp',
      'hp-to-dell',
    ]);
  });

  it('ships no secret, no identity and no private key', () => {
    for (const path of filesBelow(lab)) {
      expect(path).not.toMatch(/\.age$|recipients|identity/);
      expect(readFileSync(join(lab, path), 'latin1')).not.toMatch(
        /AGE-SECRET-KEY|PRIVATE KEY|age-encryption\.org\/v1/,
      );
    }
  });
});
