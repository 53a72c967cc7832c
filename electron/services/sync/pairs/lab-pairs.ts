import { terminalText } from '../../../../shared/terminal-text.ts';
import { Problem } from '../../../../shared/problem.ts';
import type { SyncPair, SyncPairsFile } from '../../../../shared/schemas/sync-pairs.ts';
import type { SyncChoice } from '../../../../shared/schemas/sync-plans.ts';
import { type SyncRequest, syncRequestSchema } from '../../../../shared/schemas/sync-request.ts';
import { directionsOf, type PairDirection } from '../../../../shared/sync-directions.ts';
import type { SyncServiceParts } from '../parts.ts';

/** What `sync/pairs.yaml` says of one pair. */
export interface LabPair {
  readonly name: string;
  readonly logFolder: string;
  readonly pair: SyncPair;
  readonly file: SyncPairsFile;
}

/** A direction of a pair of the lab, as a run takes it. */
export interface LabDirection extends LabPair {
  readonly direction: PairDirection;
  readonly request: SyncRequest;
}

/** SYNC_PAIR_UNKNOWN; LAB_FILE_INVALID when the file has a mistake anywhere. */
export async function labPair({ lab }: Pick<SyncServiceParts, 'lab'>, name: string): Promise<LabPair> {
  const found = await lab.syncPairs();
  const pairs = found?.value.pairs ?? {};
  const pair = Object.hasOwn(pairs, name) ? pairs[name] : undefined;
  if (found === undefined || pair === undefined)
    throw unknown(`no pair ${terminalText(name)}`, Object.keys(pairs));
  return { name, logFolder: found.value.logFolder, pair, file: found.value };
}

/** SYNC_PAIR_UNKNOWN, for the direction too; LAB_FILE_INVALID. */
export async function labDirection(
  parts: Pick<SyncServiceParts, 'lab'>,
  choice: SyncChoice & { readonly dryRun: boolean },
): Promise<LabDirection> {
  const found = await labPair(parts, choice.pair);
  const directions = directionsOf(found.pair);
  const direction = directions.find(({ name }) => name === choice.direction);
  if (direction === undefined) {
    throw unknown(
      `no direction ${terminalText(choice.direction)} of the pair ${found.name}`,
      directions.map(({ name }) => name),
    );
  }
  const { mtimeThresholdSeconds, maxDeletePercent, checksum, workers } = found.pair;
  const { lockTtlSeconds, logRetainDays, trashRetainDays } = found.pair;
  const request = syncRequestSchema.parse({
    src: direction.src,
    dest: direction.dest,
    pair: found.name,
    direction: direction.name,
    dryRun: choice.dryRun,
    logDir: found.logFolder,
    deleteMissing: direction.deleteMissing,
    mtimeThresholdSeconds,
    maxDeletePercent,
    checksum,
    workers,
    lockTtlSeconds,
    logRetainDays,
    trashRetainDays,
  });
  return { ...found, direction, request };
}

function unknown(what: string, known: readonly string[]): Problem {
  return new Problem('SYNC_PAIR_UNKNOWN', {
    what: `sync/pairs.yaml has ${what}.`,
    state: 'Nothing was looked at or changed.',
    next:
      known.length === 0
        ? 'Write the pair into sync/pairs.yaml of the lab.'
        : `Name one of: ${known.join(', ')}.`,
  });
}
