import { t } from '@lingui/core/macro';
import type { PlanWarning } from '../../../shared/schemas/card.ts';
import { terminalText } from '../../../shared/terminal-text.ts';

/** What a plan warns of: the page's words for shared/plan-warnings.ts, fit to be shown. */
export function planWarningWords(warning: PlanWarning): string {
  switch (warning.code) {
    case 'node-password-remembered': {
      const { node, rememberedIn } = warning;
      return t`The cluster remembers a password for ${node}. Without nodePasswordSecret it refuses the new card until the secret ${rememberedIn} in kube-system is deleted.`;
    }
    case 'host-keys-shared': {
      const files = warning.files.map(terminalText).join(', ');
      return t`The golden image carries SSH host keys, the same for every node: ${files}.`;
    }
    case 'host-keys-new': {
      const { node } = warning;
      return t`${node} makes new SSH host keys: whoever has pinned the old ones will refuse it.`;
    }
    case 'machine-id-shared':
      return t`The golden image carries a machine-id, the same for every node; set machineId for this one.`;
    case 'no-users':
      return t`No users are set: only accounts of the golden image can log in.`;
    case 'free-space-kept':
      return t`Free space is not overwritten: parts of what was on the target before can stay there unseen.`;
    default:
      return warning satisfies never;
  }
}
