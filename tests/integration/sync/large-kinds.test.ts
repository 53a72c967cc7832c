import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgreedAdvice } from '../../../electron/services/sync/engine/agreed-advice.ts';
import { decideKinds } from '../../../electron/services/sync/engine/decide-kinds.ts';
import type { Decided, DecisionPorts } from '../../../electron/services/sync/engine/decided.ts';
import { lookAt } from '../../../electron/services/sync/engine/look-at.ts';
import { noFindings } from '../../../electron/services/sync/engine/survey/findings.ts';
import { noAgreedState } from './no-agreed-state.ts';
import { put, surveyWorld } from './survey-world.ts';

/** In several folders, so that the names of none of them are read at once. */
const folders = 5;
const filesInFolder = 700;

/** A file at the source, and under the same name a folder with very much in it at the destination. */
async function fileAgainstFolder(agreed: AgreedAdvice) {
  const world = await surveyWorld();
  put(world.source, 'thing', 'a file');
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(world.destination, 'thing', `folder-${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < filesInFolder; file += 1) writeFileSync(join(path, `file-${file}`), '');
  }
  const [source, destination] = [world.source, world.destination].map((root) => lookAt(join(root, 'thing')));
  if (source === undefined || destination === undefined) throw new Error('both were just made');
  const roots = await world.roots();
  const stop = new AbortController();
  const anyTime = { from: -Infinity, to: Infinity };
  const ports: DecisionPorts = {
    request: { ...roots, checksum: false, deleteMissing: false, timesOf: 'source', digests: undefined },
    rules: {
      precisionMs: 1,
      thresholdMs: 2000,
      future: { source: Infinity, destination: Infinity },
      held: { source: anyTime, destination: anyTime },
    },
    agreed,
    sourceMayLack: false,
    signal: stop.signal,
  };
  return {
    world,
    /** What else this thread has to do gets its third turn from now on, and tells it to stop. */
    stopAtThirdTurn: () => setImmediate(() => setImmediate(() => setImmediate(() => stop.abort()))),
    decide: async (): Promise<Decided> => {
      const decided: Decided = {
        operations: [],
        alignments: [],
        notices: [],
        staying: [],
        stayingTotal: 0,
        equal: 0,
        deletes: 0,
      };
      await decideKinds({ path: 'thing', source, destination }, noFindings(), ports, decided);
      return decided;
    },
  };
}

describe('a file against a folder with very much in it', () => {
  it('is decided with all that is in it', async () => {
    const { decide } = await fileAgainstFolder(noAgreedState());
    expect(await decide()).toMatchObject({ stayingTotal: 1, deletes: 0 });
  });

  it('leaves its turn to whatever else there is to do, and to the wish to stop, while it is looked at', async () => {
    const { decide, stopAtThirdTurn } = await fileAgainstFolder(noAgreedState());
    stopAtThirdTurn();
    await expect(decide()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('does so while it is compared with what both sides last had, too', async () => {
    let start: (() => unknown) | undefined;
    let root = '';
    const { world, decide, stopAtThirdTurn } = await fileAgainstFolder({
      ...noAgreedState(),
      // Nothing in it has changed, so that all of it is compared.
      advise(path) {
        if (!path.includes('/')) return { kind: 'folder', size: 0, mtimeMs: 0 };
        start?.();
        start = undefined;
        const about = lstatSync(join(root, path));
        if (about.isDirectory()) return { kind: 'folder', size: 0, mtimeMs: 0 };
        return { kind: 'file', size: about.size, mtimeMs: about.mtimeMs };
      },
    });
    root = world.destination;
    start = stopAtThirdTurn;
    await expect(decide()).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
