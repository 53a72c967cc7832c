import { readdirSync, readFileSync, readlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookAt } from '../../../electron/services/sync/engine/look-at.ts';
import { makePlan } from '../../../electron/services/sync/engine/make-plan.ts';
import { md5OfFile } from '../../../electron/services/sync/engine/md5-file.ts';
import { md5InPieces } from '../../../electron/services/sync/engine/md5-in-pieces.ts';
import { syncOptionsSchema } from '../../../shared/schemas/sync-request.ts';
import type { SyncOptions } from '../../../shared/schemas/sync-request.ts';
import { unproven } from '../../rig/required-tools.ts';
import { noAgreedState } from './no-agreed-state.ts';
import { anHourAgo, surveyWorld } from './survey-world.ts';

const mebibyte = 1 << 20;
/** So many pieces that the event loop has its turn between two of them, wherever it is. */
const largeBytes = 256 * mebibyte;

function isOpenHere(file: string): boolean {
  return readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
    } catch {
      return false;
    }
  });
}

test.for([
  ['whose times are near each other', {}, 1],
  ['that is read since all are', { checksum: true }, 0],
] as const)(
  'a large file %s keeps nothing else waiting while it is read',
  async ([, options, apart], context) => {
    if (process.platform !== 'linux') unproven(context, 'needs /proc');
    const world = await surveyWorld();
    for (const [root, later] of [
      [world.source, apart],
      [world.destination, 0],
    ] as const) {
      const file = join(root, 'large');
      writeFileSync(file, '');
      truncateSync(file, largeBytes);
      utimesSync(file, anHourAgo + later, anHourAgo + later);
    }
    const stop = new AbortController();
    const asked: Partial<SyncOptions> & { logDir: string } = { logDir: world.logDir, workers: 2, ...options };
    let ended = false;
    const plan = makePlan(await world.roots(), syncOptionsSchema.parse(asked), {
      signal: stop.signal,
      agreed: noAgreedState(),
    }).finally(() => {
      ended = true;
    });
    // What a heartbeat or SIGTERM would be: it comes to its turn in the middle of the file.
    const look = (): void => {
      if (ended) return;
      if (isOpenHere(join(world.source, 'large'))) stop.abort();
      else setImmediate(look);
    };
    look();
    await expect(plan).rejects.toMatchObject({ code: 'CANCELLED' });
  },
);

test('in pieces it is the same MD5, and none when the file is not what it was', async () => {
  const world = await surveyWorld();
  const signal = new AbortController().signal;
  for (const bytes of [0, 1, mebibyte, mebibyte + 1, 3 * mebibyte + 7]) {
    const path = join(world.source, `file-${bytes}`);
    writeFileSync(path, Buffer.alloc(bytes, 'sifaka '));
    const seen = lookAt(path);
    if (seen === undefined) throw new Error('it was just written');
    const md5 = createHash('md5').update(readFileSync(path)).digest('hex');
    expect([md5OfFile(path, seen), await md5InPieces(path, seen, signal)]).toEqual([md5, md5]);
    expect(await md5InPieces(path, { ...seen, mtimeMs: seen.mtimeMs - 5000 }, signal)).toBeUndefined();
    expect(await md5InPieces(path, { ...seen, size: bytes + 2 * mebibyte }, signal)).toBeUndefined();
  }
});
