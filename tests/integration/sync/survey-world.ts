import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync, lutimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SyncNotice } from '../../../shared/schemas/sync-record.ts';
import { syncOptionsSchema } from '../../../shared/schemas/sync-request.ts';
import type { SyncOptions } from '../../../shared/schemas/sync-request.ts';
import type { AgreedAdvice } from '../../../electron/services/sync/engine/agreed-advice.ts';
import { escapeName } from '../../../electron/services/sync/engine/byte-names.ts';
import { makePlan } from '../../../electron/services/sync/engine/make-plan.ts';
import { initRoots, openRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import type { OpenRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import type { SyncPlan } from '../../../electron/services/sync/engine/sync-plan.ts';
import { noAgreedState } from './no-agreed-state.ts';

/** Seconds since 1970 of files whose time does not matter. */
export const anHourAgo = Math.floor(Date.now() / 1000) - 3600;

/** Two marked folders and a log folder, removed with the test. */
export interface SurveyWorld {
  readonly folder: string;
  readonly source: string;
  readonly destination: string;
  readonly logDir: string;
  roots(): Promise<OpenRoots>;
  plan(options?: Partial<SyncOptions>, agreed?: AgreedAdvice): Promise<SyncPlan>;
  /** The same pair, from the destination to the source. */
  readonly reversed: SurveyWorld;
}

/** `whenDone` removes it: after the test, unless told otherwise. */
export async function surveyWorld(
  whenDone: (remove: () => void) => void = onTestFinished,
): Promise<SurveyWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-survey-'));
  whenDone(() => {
    // Unlike Node's own it also removes what lies deeper than a path can say.
    execFileSync('rm', ['-rf', folder]);
  });
  const places = ['source', 'destination', 'log'].map((name) => join(folder, name));
  for (const place of places) mkdirSync(place);
  const [source = '', destination = '', logDir = ''] = places;
  await initRoots({ src: source, dest: destination, pair: 'media', now: new Date() });
  const world = (src: string, dest: string, reversed: () => SurveyWorld): SurveyWorld => ({
    folder,
    source: src,
    destination: dest,
    logDir,
    roots: () => openRoots({ src, dest, pair: 'media' }),
    async plan(options = {}, agreed = noAgreedState()) {
      return makePlan(
        await openRoots({ src, dest, pair: 'media' }),
        syncOptionsSchema.parse({ logDir, ...options }),
        {
          signal: new AbortController().signal,
          agreed,
        },
      );
    },
    get reversed() {
      return reversed();
    },
  });
  const forth: SurveyWorld = world(source, destination, () => back);
  const back: SurveyWorld = world(destination, source, () => forth);
  return forth;
}

/** Makes a file, and the folders above it. `path` may have bytes that are no UTF-8, as latin1. */
export function put(root: string, path: string, content: string, seconds = anHourAgo): void {
  const file = Buffer.from(join(root, path), 'latin1');
  mkdirSync(Buffer.from(dirname(join(root, path)), 'latin1'), { recursive: true });
  writeFileSync(file, content);
  utimesSync(file, seconds, seconds);
}

export function putLink(root: string, path: string, target: string, seconds = anHourAgo): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
  lutimesSync(join(root, path), seconds, seconds);
}

/** `update file a/b (newer)`, one for each operation, in their order. */
export function operationsOf(plan: SyncPlan): string[] {
  return plan.operations.map(
    ({ operation, kind, path, reason, conflict }) =>
      `${operation} ${kind} ${escapeName(path)} (${reason}${conflict ? ', conflict' : ''})`,
  );
}

export function noticesOf(plan: SyncPlan): string[] {
  return plan.notices.map(({ kind, filepath }: SyncNotice) => `${kind} ${filepath}`);
}
