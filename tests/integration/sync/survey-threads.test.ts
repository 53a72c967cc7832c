import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgreedAdvice } from '../../../electron/services/sync/engine/agreed-advice.ts';
import { openAgreedState } from '../../../electron/services/sync/engine/agreed-state.ts';
import { makePlan } from '../../../electron/services/sync/engine/make-plan.ts';
import { startThread } from '../../../electron/services/sync/engine/start-thread.ts';
import { SurveyThreads } from '../../../electron/services/sync/engine/survey/survey-threads.ts';
import type { SyncPlan } from '../../../electron/services/sync/engine/sync-plan.ts';
import { syncOptionsSchema } from '../../../shared/schemas/sync-request.ts';
import { anHourAgo, noticesOf, operationsOf, put, surveyWorld } from './survey-world.ts';
import type { SurveyWorld } from './survey-world.ts';
import { noAgreedState } from './no-agreed-state.ts';

const folders = 40;
const filesInFolder = 60;

let world: SurveyWorld;
let removeWorld = (): void => undefined;

describe('a tree that is large enough for threads', () => {
  // One for all: none of these tests changes it.
  beforeAll(async () => {
    world = await largeWorld();
  });
  afterAll(() => removeWorld());

  it('is looked at by several, with the same result', async () => {
    const alone = await planOf(1);
    expect(alone.threads).toBe(0);
    let answers = 0;
    const together = await planOf(4, () => {
      const thread = startThread('survey', {});
      thread.on('message', (message) => (answers += message === 'ready' ? 0 : 1));
      return thread;
    });
    expect([together.threads > 0, answers > 0]).toEqual([true, true]);
    const plan = { ...together.plan, temporaries: together.plan.temporaries.toSorted() };
    expect(plan).toEqual({ ...alone.plan, temporaries: alone.plan.temporaries.toSorted() });
    expect(operationsOf(plan)).toEqual([
      'update file folder-03/file-3 (newer)',
      'update file folder-\\xff/file-1 (newer)',
      'create folder new (missing)',
      'create file new/file (missing)',
      'delete file folder-07/gone (deleted-at-source)',
    ]);
    expect(noticesOf(plan)).toEqual([]);
    expect(plan.temporaries).toEqual([
      'folder-05/.sifaka-tmp-00000000-0000-4000-8000-000000000001-1',
      'folder-\xff/.sifaka-tmp-probe-00000000-0000-4000-8000-000000000002',
    ]);
    expect(plan.counts.common).toBe((folders + 1) * filesInFolder);
  });

  it('is recorded by threads as by this one', async () => {
    const recorded: number[] = [];
    for (const workers of [4, 1, 4]) {
      const agreed = openAgreedState({ logDir: world.logDir, pair: 'media', roots: await world.roots() });
      const counting: AgreedAdvice = {
        advise: (path) => agreed.advise(path),
        folder: (path) => agreed.folder(path),
        otherDirectionRan: false,
        timesOf: agreed.timesOf,
        digests: agreed.digests,
        addFolders(found) {
          recorded.push(found.length);
          agreed.addFolders(found);
        },
      };
      await planOf(workers, undefined, counting);
      agreed.finish();
      expect(agreed.trouble).toBeUndefined();
      agreed.close();
    }
    // The root and all folders in it; the new one is only on one side.
    expect(recorded).toEqual([folders + 2, 0, 0]);
  });

  it('is looked at to its end when threads fail', async () => {
    const { plan } = await planOf(1);
    expect((await planOf(4, failing)).plan.digest).toBe(plan.digest);
    expect((await planOf(4, ending)).plan.digest).toBe(plan.digest);
  });

  it('is left as soon as the run is cancelled', async () => {
    const stop = new AbortController();
    const plan = makePlan(
      await world.roots(),
      syncOptionsSchema.parse({ logDir: world.logDir, workers: 2 }),
      {
        signal: stop.signal,
        agreed: noAgreedState(),
        progress: () => stop.abort(),
      },
    );
    await expect(plan).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

function failing(): Worker {
  return new Worker('throw new Error("no thread today")', { eval: true });
}

function ending(): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (message) => message.tasks && process.exit());
    parentPort.postMessage('ready');`,
    {
      eval: true,
    },
  );
}

async function planOf(
  workers: number,
  start = () => startThread('survey', {}),
  agreed = noAgreedState(),
): Promise<{ plan: SyncPlan; threads: number }> {
  let started = 0;
  const threads = new SurveyThreads(() => {
    started += 1;
    return start();
  });
  if (workers > 1) {
    // Ready, or failed, before there is anything to do, so that this thread does not do it all alone.
    threads.start(1);
    await threads.answered();
  }
  const options = syncOptionsSchema.parse({ logDir: world.logDir, workers, deleteMissing: true });
  const ports = { signal: new AbortController().signal, agreed, threads };
  return { plan: await makePlan(await world.roots(), options, ports), threads: started };
}

async function largeWorld(): Promise<SurveyWorld> {
  const made = await surveyWorld((remove) => {
    removeWorld = remove;
  });
  for (const root of [made.source, made.destination]) {
    for (let folder = 0; folder <= folders; folder += 1) {
      const name = folder === folders ? 'folder-\xff' : `folder-${String(folder).padStart(2, '0')}`;
      for (let file = 0; file < filesInFolder; file += 1) put(root, `${name}/file-${file}`, 'x');
    }
  }
  put(made.source, 'folder-03/file-3', 'newer', anHourAgo + 60);
  put(made.source, 'folder-\xff/file-1', 'newer', anHourAgo + 60);
  put(made.source, 'new/file', 'x');
  put(made.destination, 'folder-07/gone', 'x');
  put(made.destination, 'folder-05/.sifaka-tmp-00000000-0000-4000-8000-000000000001-1', 'x');
  put(made.destination, 'folder-\xff/.sifaka-tmp-probe-00000000-0000-4000-8000-000000000002', 'x');
  return made;
}
