import type { Target } from './schemas/card.ts';

/**
 * Whether a burn takes the place of something that is not Sifaka's own, so that the operator is asked beside the page: a
 * virtual drive lies in Sifaka's own folder, and a new file takes nobody's place.
 */
export function overwritesForeign({ kind }: Pick<Target, 'kind'>): boolean {
  return kind === 'drive' || kind === 'existing-file';
}
