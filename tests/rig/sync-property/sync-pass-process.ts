import { mkdirSync } from 'node:fs';
import { asProblem } from '../../../shared/problem.ts';
import { syncRequestSchema } from '../../../shared/schemas/sync-request.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { initRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import { takeFileLock } from '../../../electron/services/sync/lock/file-lock.ts';
import { runSync } from '../../../electron/services/sync/runs/run-sync.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { type PassAnswer, type PassRequest, pair } from './pass-protocol.ts';
import { unsafePass } from './unsafe-engine.ts';

/** Started under the fault layer; makes one pass for each message. It is killed in most of its lives. */
async function makePass(asked: PassRequest): Promise<PassAnswer> {
  if (asked.engine !== 'sifaka') {
    const operations = unsafePass(asked.src, asked.dest, asked.engine === 'in-place');
    return {
      text: `${operations} copied`,
      operations: Array.from({ length: operations }, () => 'copy'),
      notices: [],
    };
  }
  const { src, dest, direction, logDir, deleteMissing, checksum, workers } = asked;
  const request = syncRequestSchema.parse({
    src,
    dest,
    pair,
    direction,
    logDir,
    deleteMissing,
    checksum,
    workers,
    mtimeThresholdSeconds: asked.thresholdSeconds,
    maxDeletePercent: 100,
    allowEverythingChanged: true,
  });
  const { report } = await runSync(
    request,
    {
      clock: systemClock,
      takeLock: takeFileLock,
      hasDatabase: false,
      openStore: (folder) => openAuditStore({ logDir: folder, clock: systemClock }),
      hostName: 'rig',
      batches: { operations: asked.operationsAtOnce, bytes: 1 << 20 },
    },
    { signal: new AbortController().signal },
  );
  return {
    ...(report.problem === undefined ? {} : { problem: report.problem.code }),
    text: `${report.iteration.status} ${report.problem?.what ?? ''}`,
    operations: report.operations.map(
      ({ operation, kind, filepath, status, reason, error_message: error }) =>
        `${operation} ${kind} ${filepath} ${status} ${reason} ${error ?? ''}`,
    ),
    notices: report.notices.map(({ kind, filepath }) => ({ kind, filepath })),
  };
}

process.on('message', (asked: PassRequest | { readonly init: readonly [string, string] }) => {
  void (async () => {
    try {
      if ('init' in asked) {
        const [src, dest] = asked.init;
        for (const root of asked.init) mkdirSync(root, { recursive: true });
        await initRoots({ src, dest, pair, now: new Date() });
        process.send?.({ text: 'made', operations: [], notices: [] } satisfies PassAnswer);
        return;
      }
      process.send?.(await makePass(asked));
    } catch (error) {
      const problem = asProblem(error);
      const answer: PassAnswer = {
        problem: problem?.code ?? ('engine' in asked && asked.engine !== 'sifaka' ? 'failed' : 'bug'),
        text: problem === undefined ? String(error instanceof Error ? error.stack : error) : problem.message,
        operations: [],
        notices: [],
      };
      process.send?.(answer);
    }
  })();
});
