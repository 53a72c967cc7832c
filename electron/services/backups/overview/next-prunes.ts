import type { Coverage } from '../../../../shared/schemas/backup-overview.ts';
import { decideArchives } from '../prune/decide.ts';
import { type BackupIndex, keyText } from './guest-backups.ts';
import type { OverviewFacts } from './overview-facts.ts';

type NextPrune = NonNullable<Coverage['nextPrune']>;

/** By guest: the oldest archive that a prune would remove now, why, and how many more. Nothing without a policy. */
export function nextPrunes(
  { manifest, policy, records }: OverviewFacts,
  index: BackupIndex,
): ReadonlyMap<string, NextPrune> {
  const prunes = new Map<string, NextPrune & { ctime: number }>();
  if (manifest === undefined || policy === undefined) return prunes;
  const keys = new Map<string, string>();
  for (const key of index.keys)
    for (const { archives } of index.of(key).backups)
      for (const id of archives.keys()) keys.set(id, keyText(key));
  const decided = decideArchives({
    archives: manifest.archives,
    guests: manifest.guests,
    records,
    policy,
  });
  for (const { id, mark, rule, why, ctime } of decided) {
    const key = keys.get(id);
    if (mark !== 'remove' || key === undefined) continue;
    const known = prunes.get(key);
    const count = (known?.count ?? 0) + 1;
    if (known === undefined || ctime < known.ctime) prunes.set(key, { archive: id, rule, why, count, ctime });
    else prunes.set(key, { ...known, count });
  }
  return prunes;
}
