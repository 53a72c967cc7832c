import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { asProblem } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import type { BlockSource, ByteRange } from '../imaging/block-source.ts';
import { CopyOnWriteOverlay } from '../imaging/overlay.ts';
import { createDrives } from '../services/drives/create-drives.ts';
import { type AppMessage, planTextSchema } from '../services/drives/writer-protocol.ts';
import type { AppConnection } from './app-connection.ts';
import { HEAD_SIZE } from '../imaging/card-layout.ts';
import { burnDrive } from './burn-drive.ts';
import { checkedDrive } from './checked-drive.ts';
import { misunderstood, planChanged } from './misunderstood.ts';
import { readDrive } from './read-drive.ts';
import type { WriterSystem } from './writer-system.ts';

const untouched = 'Nothing was written.';

/** Takes one job from the app, does it, and answers whether it went well; the app is told either way. */
export async function runJob(app: AppConnection, system: WriterSystem): Promise<boolean> {
  try {
    const message = await app.expect('burn', 'read');
    const ejected =
      message.type === 'burn' ? await burn(message, app, system) : await read(message, app, system);
    await app.send({ type: 'done', ejected });
    return true;
  } catch (error) {
    const problem = asProblem(error) ?? misunderstood(error);
    // The app may be gone, and has nothing to be told then.
    const record = problem.toRecord();
    // Who erases knows what is left; before, nothing can be.
    const state = record.state === '' ? untouched : record.state;
    await app.send({ type: 'problem', problem: { ...record, state } }).catch(() => undefined);
    return false;
  } finally {
    await app.close();
  }
}

async function burn(
  message: Extract<AppMessage, { type: 'burn' }>,
  app: AppConnection,
  system: WriterSystem,
): Promise<boolean> {
  const plan = checkedPlan(message);
  const pieces = checkedPieces(message.pieces, plan.image.size);
  const drives = createDrives({ protectedPaths: [system.imagePath] });
  const drive = await checkedDrive(drives, plan.target, 'erased');
  const base = await system.openImage(plan.image, app.signal);
  const image = await withDelta(base, message.deltaBytes, app);
  await app.expect('begin');
  const recheck = () => checkedDrive(drives, plan.target, 'erased');
  await using held = new AsyncDisposableStack();
  held.use(await system.keepOthersAway(drive));
  await burnDrive({ plan, drive, image, pieces, recheck, system }, app);
  return await system.eject(drive, recheck);
}

async function read(
  message: Extract<AppMessage, { type: 'read' }>,
  app: AppConnection,
  system: WriterSystem,
): Promise<boolean> {
  const pieces = checkedPieces(message.pieces, message.size);
  const drives = createDrives({ protectedPaths: [] });
  const drive = await checkedDrive(drives, message, 'read');
  const recheck = () => checkedDrive(drives, message, 'read');
  await readDrive({ drive, pieces, contents: new Set(message.contents), recheck, system }, app);
  return false;
}

/** The plan that was shown to the operator, to the last byte, and of a drive. PLAN_CHANGED. */
function checkedPlan({ planText, planDigest }: Extract<AppMessage, { type: 'burn' }>): CardPlan {
  const given: unknown = JSON.parse(planText);
  const plan = planTextSchema.parse(given);
  const digest = createHash('sha256').update(planText).digest('hex');
  // What was digested must be what is obeyed: not another text of the same plan, nor one with more in it.
  if (digest !== planDigest || canonicalize(given) !== planText || canonicalize(plan) !== planText) {
    throw planChanged('The plan is not the one that was shown.');
  }
  if (plan.target.kind !== 'drive') throw planChanged('The plan is not for a drive.');
  return plan;
}

function checkedPieces(pieces: readonly (readonly [number, number])[], size: number): ByteRange[] {
  let end = 0;
  for (const [offset, length] of pieces) {
    const acrossHead = offset < HEAD_SIZE && offset + length > HEAD_SIZE;
    if (offset < end || acrossHead || offset + length > size) {
      throw planChanged('What is to be written does not lie in the image as it should.');
    }
    end = offset + length;
  }
  return pieces.map(([offset, length]) => ({ offset, length }));
}

/** The node's changes over the golden image, in memory. */
async function withDelta(base: BlockSource, deltaBytes: number, app: AppConnection): Promise<BlockSource> {
  const overlay = new CopyOnWriteOverlay(base, deltaBytes + (1 << 20));
  for (let taken = 0; taken < deltaBytes; ) {
    const { offset, bytes } = await app.expectBytes();
    taken += bytes.length;
    if (bytes.length === 0 || taken > deltaBytes || offset + bytes.length > base.size) {
      throw planChanged('The changes to the image are not what was announced.');
    }
    overlay.write(bytes, offset);
  }
  return overlay;
}
