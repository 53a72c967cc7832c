import { goTo } from '../../app/route.ts';
import { useCardWizard } from '../../stores/card-wizard.ts';

/** Starts the wizard anew, with its first question answered when the node is known. */
export function startBurn(node: string | undefined): void {
  const wizard = useCardWizard.getState();
  wizard.startOver();
  if (node !== undefined) wizard.chooseNode(node);
  goTo({ page: 'burn', step: node === undefined ? 'node' : 'target' });
}
