import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { BackupParts } from '../parts.ts';

interface Pruning {
  pruneStartedAt?: string | undefined;
  prunedAt?: string | undefined;
}

/** What the records say about the removal of one archive: of its storage, or of a copy. */
export class PruneRecords {
  readonly #parts: Pick<BackupParts, 'records' | 'clock'>;
  constructor(parts: Pick<BackupParts, 'records' | 'clock'>) {
    this.#parts = parts;
  }

  /** Before anything is removed: should nothing more be heard, what is gone was pruned. */
  started(archive: Archive): Promise<void> {
    return this.#change(archive, { pruneStartedAt: this.#now() });
  }

  /** It is there as before. */
  left(archive: Archive): Promise<void> {
    return this.#change(archive, {});
  }

  gone(archive: Archive): Promise<void> {
    return this.#change(archive, { prunedAt: this.#now() });
  }

  /** On the newest backup of a guest, where the dashboard looks: why old ones stay; nothing once they do not. */
  async failed({ pveCluster, type, vmid }: Archive, why: string | undefined): Promise<void> {
    const newest = (await this.#parts.records.all()).find(
      ({ guest, outcome }) =>
        outcome === 'made' &&
        guest.type === type &&
        guest.vmid === vmid &&
        (pveCluster === undefined || guest.pveCluster === pveCluster),
    );
    if (newest === undefined || newest.pruneFailed === why) return;
    await this.#parts.records.put(newest.id, (now = newest) => {
      const { pruneFailed: _before, ...rest } = now;
      return why === undefined ? rest : { ...rest, pruneFailed: why.slice(0, 500) };
    });
  }

  /**
   * What earlier runs that were cut off have begun: of what is not there any more it is written down that it was pruned.
   * `archives`: all that there are, of the places that could be looked at.
   */
  async settle(archives: readonly Archive[], isLookedAt: (place: string) => boolean): Promise<void> {
    const there = new Set(archives.map(({ id }) => id));
    for (const record of await this.#parts.records.all()) {
      for (const { place, pruning } of pruningsOf(record)) {
        if (pruning.pruneStartedAt === undefined || pruning.prunedAt !== undefined || !isLookedAt(place))
          continue;
        const id = `${place}#${record.archive}`;
        await this.#put(record, place, there.has(id) ? {} : { prunedAt: pruning.pruneStartedAt });
      }
    }
  }

  async #change(archive: Archive, pruning: Pruning): Promise<void> {
    const record = (await this.#parts.records.all()).find(
      (one) => one.archive === archive.name && pruningsOf(one).some(({ place }) => place === archive.place),
    );
    if (record !== undefined) await this.#put(record, archive.place, pruning);
  }

  async #put(record: BackupRecord, place: string, pruning: Pruning): Promise<void> {
    await this.#parts.records.put(record.id, (now = record) =>
      place === now.place
        ? withPruning(now, pruning)
        : {
            ...now,
            copies: now.copies.map((copy) =>
              `target:${copy.target}` === place ? withPruning(copy, pruning) : copy,
            ),
          },
    );
  }

  #now(): string {
    return this.#parts.clock.now().toISOString();
  }
}

function pruningsOf(record: BackupRecord): { place: string; pruning: Pruning }[] {
  return [
    ...(record.place === undefined ? [] : [{ place: record.place, pruning: record }]),
    ...record.copies.map((copy) => ({ place: `target:${copy.target}`, pruning: copy })),
  ];
}

function withPruning<Holder extends Pruning>(holder: Holder, { pruneStartedAt, prunedAt }: Pruning): Holder {
  const next = { ...holder };
  if (pruneStartedAt === undefined) delete next.pruneStartedAt;
  else next.pruneStartedAt = pruneStartedAt;
  if (prunedAt === undefined) delete next.prunedAt;
  else next.prunedAt = prunedAt;
  return next;
}
