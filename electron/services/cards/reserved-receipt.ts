import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import type { Receipt, Target } from '../../../shared/schemas/card.ts';
import { renameOver } from '../durable/give-name.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { fillNewFile } from '../durable/write-file.ts';
import { receiptPage } from './receipt-page.ts';
import { untouchedState } from '../../../shared/target-states.ts';

/** Room on the disk for a receipt that is not known yet. */
export interface ReservedReceipt {
  /** Both files are on the disk when the promise resolves. RECEIPT_UNWRITABLE. */
  write(receipt: Receipt): Promise<void>;
  /** Gives back what was not used. */
  release(): Promise<void>;
}

/**
 * Takes the room a receipt will need, before its target is touched: a disk that is full by the end of a burn must not
 * cost a proven card its receipt. Whoever burns holds the lock on the target, so the files are named for it, and what a
 * dead run left there is replaced. `bytes` is for each of the two files. RECEIPT_UNWRITABLE: nothing was written.
 */
export async function reserveReceipt(
  folder: string,
  target: Target,
  bytes: number,
): Promise<ReservedReceipt> {
  const key = createHash('sha256').update(target.path).digest('hex').slice(0, 32);
  const page = join(folder, `.${key}.txt.new`);
  const record = join(folder, `.${key}.json.new`);

  async function release(): Promise<void> {
    // What cannot be removed is replaced by the next burn of this target.
    for (const file of [page, record]) await rm(file, { force: true }).catch(() => undefined);
  }

  try {
    await makeFolders(folder, { mode: 0o700 });
    for (const file of [page, record]) {
      await rm(file, { force: true });
      // Random, because a file system that compresses would give zeros no room.
      await fillNewFile(file, (handle) => handle.writeFile(randomBytes(bytes)));
    }
    await syncFolder(folder);
  } catch (error) {
    await release();
    throw unwritable(error, {
      what: `There is no room for the receipt in ${folder}, or it cannot be written.`,
      state: untouchedState(target),
      next: 'Make room in that folder and make it writable, then start again.',
    });
  }

  return {
    async write(receipt) {
      try {
        await overwrite(page, receiptPage(receipt));
        await overwrite(record, `${JSON.stringify(receipt, undefined, 2)}\n`);
        await renameOver(page, join(folder, `${receipt.id}.txt`));
        // Last: it is what the card is verified with later.
        await renameOver(record, join(folder, `${receipt.id}.json`));
        await syncFolder(folder);
      } catch (error) {
        throw unwritable(error, {
          what: `The receipt could not be written to ${folder}.`,
          state: `The card for ${receipt.node} on ${receipt.target.path} is complete and was read back, but nothing can prove it later.`,
          next: 'Make room in that folder and make it writable, then burn again if you want a receipt.',
        });
      }
    },
    release,
  };
}

/** In place, so that it takes the room that is there; a file that somebody removed is made again. */
async function overwrite(file: string, text: string): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const content = Buffer.from(text);
    for (let done = 0; done < content.length; ) {
      done += (await handle.write(content, done, content.length - done, done)).bytesWritten;
    }
    await handle.truncate(content.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(error: unknown, data: Problem['data']): unknown {
  return systemErrorCode(error) === undefined
    ? error
    : new Problem('RECEIPT_UNWRITABLE', data, { cause: error });
}
