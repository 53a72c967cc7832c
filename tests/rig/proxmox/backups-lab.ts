import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `clusters.madagascar.backups` of a cluster file, as clusterBackupsSchema reads it. */
export interface BackupsSection {
  readonly servers?: Readonly<Record<string, unknown>>;
  readonly targets?: Readonly<Record<string, unknown>>;
}

const usualPolicy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: all
    guests: [all]
    storage: nas
    compress: zstd
    keep: { last: 3 }
`;

/** Beside what `writeClusterLab` wrote: where backups go, and the policy (null: none). */
export function writeBackupsLab(
  lab: string,
  backups: BackupsSection = { servers: { nas: { address: '192.0.2.50' } } },
  policy: string | null = usualPolicy,
): void {
  const file = join(lab, 'cluster/madagascar.json');
  const content = JSON.parse(readFileSync(file, 'utf8')) as { clusters: { madagascar: object } };
  content.clusters.madagascar = { ...content.clusters.madagascar, backups };
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  if (policy === null) return;
  mkdirSync(join(lab, 'backups'), { recursive: true });
  writeFileSync(join(lab, 'backups/policy.yaml'), policy);
}
