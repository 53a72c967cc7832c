import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { jobOwnerSchema } from '../../../../shared/schemas/job-owner.ts';
import { timestampSchema } from '../../../../shared/schemas/names.ts';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { renameOver } from '../../durable/give-name.ts';
import type { ProcessIdentity } from '../../jobs/process-identity.ts';

/** Larger is none of ours. */
const mostBytes = 64 * 1024;

/** Who has a lock of the operating system, which itself does not say. It decides nothing; it is shown. */
const holderSchema = z.object({
  holder: z.string().min(1).max(1024),
  since: timestampSchema,
  owner: jobOwnerSchema,
});
export type FileLockHolder = z.infer<typeof holderSchema>;

function holderFile(folder: string, pair: string): string {
  return join(folder, `lock-${pair}.json`);
}

/** Whoever shares the folder may read it. */
export async function writeHolder(folder: string, pair: string, holder: FileLockHolder): Promise<void> {
  const file = holderFile(folder, pair);
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    // Not synced to the disk: it says nothing once its process is gone.
    await writeFile(temporary, `${JSON.stringify(holder)}\n`, { flag: 'wx', mode: 0o644 });
    await renameOver(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `undefined` when nobody is named, or somebody who is certainly gone: then the one who has it has not said so yet. */
export async function readHolder(
  folder: string,
  pair: string,
  identity: ProcessIdentity,
): Promise<FileLockHolder | undefined> {
  try {
    const holder = holderSchema.parse(
      JSON.parse((await readPlainFile(holderFile(folder, pair), { mostBytes })) ?? ''),
    );
    return identity.isAlive(holder.owner) ? holder : undefined;
  } catch {
    return undefined;
  }
}

export async function removeHolder(folder: string, pair: string): Promise<void> {
  await rm(holderFile(folder, pair), { force: true });
}
