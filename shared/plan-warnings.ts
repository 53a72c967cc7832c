import type { PlanWarning } from './schemas/card.ts';

/**
 * What a plan warns of, in words: in the terminal and wherever else the plan is read in English. The page has words of its own
 * for each code (renderer/wizards/cards/plan-warning-words.ts). Quotes the lab and the golden image as they are.
 */
export function planWarningText(warning: PlanWarning): string {
  switch (warning.code) {
    case 'node-password-remembered':
      return `The cluster remembers a password for ${warning.node}. Without nodePasswordSecret it refuses the new card until the secret ${warning.rememberedIn} in kube-system is deleted.`;
    case 'host-keys-shared':
      return `The golden image carries SSH host keys, the same for every node: ${warning.files.join(', ')}.`;
    case 'host-keys-new':
      return `${warning.node} makes new SSH host keys: whoever has pinned the old ones will refuse it.`;
    case 'machine-id-shared':
      return 'The golden image carries a machine-id, the same for every node; set machineId for this one.';
    case 'no-users':
      return 'No users are set: only accounts of the golden image can log in.';
    case 'free-space-kept':
      return 'Free space is not overwritten: parts of what was on the target before can stay there unseen.';
    default:
      return warning satisfies never;
  }
}
