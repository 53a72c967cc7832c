import type { FreeSpace, Receipt } from './schemas/card.ts';

/** What will become of the blocks that a card does not use, in words. */
export const freeSpacePlans: Readonly<Record<FreeSpace, string>> = {
  keep: 'left as it is; what was on the drive before, secrets too, can still be read out of it',
  discard: 'given back to the drive, which forgets it or not: nothing proves it',
  overwrite: 'overwritten with zeros and read back',
};

const fates: Readonly<Record<FreeSpace, string>> = {
  keep: 'left as it was; what was there before, secrets too, can still be read out of it',
  discard: 'given back to the drive, which forgot it or not: nothing proves it',
  overwrite: 'overwritten with zeros and read back',
};

/** What became of them. */
export function freeSpaceFate({ freeSpace, target }: Pick<Receipt, 'freeSpace' | 'target'>): string {
  return target.kind === 'new-file' ? 'nothing was there before' : fates[freeSpace];
}
