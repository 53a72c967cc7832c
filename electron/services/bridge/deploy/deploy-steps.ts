import type { StepDefinition } from '../../../../shared/progress.ts';

/** What a deploy goes through. Taking back is a part of whichever step it happens in. */
export const deploySteps: readonly StepDefinition[] = [
  { id: 'record', label: 'Keeping a record of what will change', unit: 'steps', weight: 1 },
  { id: 'arm', label: 'Arming the nodes to go back by themselves', unit: 'steps', weight: 2 },
  { id: 'apply', label: 'Putting the new files in place', unit: 'steps', weight: 4 },
  { id: 'verify', label: 'Proving that the bridge works', unit: 'steps', weight: 6 },
  { id: 'confirm', label: 'Confirming on every node', unit: 'steps', weight: 2 },
];
