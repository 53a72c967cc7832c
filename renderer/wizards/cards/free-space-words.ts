import { t } from '@lingui/core/macro';
import type { FreeSpace, Receipt } from '../../../shared/schemas/card.ts';

type Words = Readonly<Record<FreeSpace, string>>;

const plans = (): Words => ({
  keep: t`left as it is; what was on the drive before, secrets too, can still be read out of it`,
  discard: t`given back to the drive, which forgets it or not: nothing proves it`,
  overwrite: t`overwritten with zeros and read back`,
});

const fates = (): Words => ({
  keep: t`left as it was; what was there before, secrets too, can still be read out of it`,
  discard: t`given back to the drive, which forgot it or not: nothing proves it`,
  overwrite: t`overwritten with zeros and read back`,
});

const figures = (): Words => ({
  keep: t`Skipped, free on the image`,
  discard: t`Discarded, free on the drive`,
  overwrite: t`Overwritten, free on the drive`,
});

/** What will become of the blocks that a card does not use: the page's words for shared/free-space.ts. */
export function freeSpacePlan(freeSpace: FreeSpace): string {
  return plans()[freeSpace];
}

/** What became of them. */
export function freeSpaceFate({ freeSpace, target }: Pick<Receipt, 'freeSpace' | 'target'>): string {
  return target.kind === 'new-file' ? t`nothing was there before` : fates()[freeSpace];
}

/** What is not in use is counted on the image where it is left alone, and on the whole drive where it is not. */
export function freeFigure(freeSpace: FreeSpace): string {
  return figures()[freeSpace];
}
