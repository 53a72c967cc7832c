import type { StepDefinition } from '../../../shared/progress.ts';
import type { Target } from '../../../shared/schemas/card.ts';

const untouched = 'Nothing has been written to the target yet; take it out if you like.';
const unfinished =
  'The target holds an unfinished card that does not boot; it would have to be burned again.';

const image: StepDefinition = {
  id: 'image',
  label: 'Check the golden image',
  unit: 'bytes',
  weight: 10,
  pull: untouched,
};
const inject: StepDefinition = {
  id: 'inject',
  label: 'Put the node’s files into the image',
  unit: 'files',
  weight: 5,
  pull: untouched,
};
const permission: StepDefinition = {
  id: 'permission',
  label: 'Get permission to write the drive',
  unit: 'steps',
  weight: 1,
  pull: untouched,
};
const erase: StepDefinition = {
  id: 'erase',
  label: 'Erase what makes the old card boot, and try how much it really holds',
  unit: 'steps',
  weight: 2,
  pull: unfinished,
};
const write: StepDefinition = { id: 'write', label: 'Write', unit: 'bytes', weight: 55, pull: unfinished };
const verify: StepDefinition = {
  id: 'verify',
  label: 'Read back and compare',
  unit: 'bytes',
  weight: 28,
  pull: 'Everything is written, but not proven yet; it would have to be verified or burned again.',
};
const commit: StepDefinition = {
  id: 'commit',
  label: 'Keep the proof',
  unit: 'steps',
  weight: 2,
  pull: 'The card is written and proven.',
};

/** What a burn onto this target goes through, and what pulling the card means in each. */
export function burnSteps({ kind }: Pick<Target, 'kind'>): readonly StepDefinition[] {
  if (kind !== 'drive') return [image, inject, write, verify, commit];
  // What makes a drive boot is written after everything else was compared.
  return [image, inject, permission, erase, write, { ...verify, pull: unfinished }, commit];
}
