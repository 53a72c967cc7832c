import type { Problem } from '../../../../shared/problem.ts';
import { type TargetMark, targetMarkSchema } from '../../../../shared/schemas/backup-targets.ts';
import { markFile } from './archive-layout.ts';
import type { TargetPlace } from './target-place.ts';
import { targetNotSetUp, targetOther, targetUnmounted } from './target-problems.ts';

const markBytes = 4096;

/** What a target has to be: this one, of this lab. */
export interface Owner {
  readonly target: string;
  /** Of backups/targets.json. */
  readonly lab: string;
  readonly setUp: boolean;
}

/** Whether a place has the mark of this target, another one's, or none. */
export async function lookForMark(
  place: TargetPlace,
  { lab, target }: Pick<Owner, 'lab' | 'target'>,
  signal: AbortSignal,
): Promise<'ours' | 'none' | { readonly whose: string }> {
  const bytes = await place.read(markFile, markBytes, signal);
  if (bytes === undefined) return 'none';
  const mark = parsed(bytes);
  if (mark === undefined) return { whose: 'something that is no mark of Sifaka' };
  if (mark.lab !== lab) return { whose: `${mark.target} of another lab (${mark.lab})` };
  return mark.target === target ? 'ours' : { whose: `the target ${mark.target}` };
}

export function markText({ lab, target }: Pick<Owner, 'lab' | 'target'>): Uint8Array {
  const mark: TargetMark = { schema: 'sifaka.backup-target/1', lab, target };
  return Buffer.from(`${JSON.stringify(mark, null, 2)}\n`);
}

/** Why a place is not used now; `undefined` for one that has the mark. */
export async function whyNotUsed(
  place: TargetPlace,
  owner: Owner,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const mark = await lookForMark(place, owner, signal);
  if (mark === 'ours') return undefined;
  if (mark !== 'none') return targetOther(owner.target, place.where, mark.whose);
  if (!owner.setUp) return targetNotSetUp(owner.target, place.where);
  return targetUnmounted(owner.target, {
    why: `${place.where} does not have its mark`,
    next: 'See that the right share is mounted there, or that it is the right bucket. Where the target is to be a new, empty one: take its entry out of backups/targets.json and set it up again.',
  });
}

function parsed(bytes: Buffer): TargetMark | undefined {
  try {
    const mark = targetMarkSchema.safeParse(JSON.parse(bytes.toString('utf8')));
    return mark.success ? mark.data : undefined;
  } catch {
    return undefined;
  }
}
