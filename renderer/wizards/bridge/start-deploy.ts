import type { BridgeRequest, BridgeSource } from '../../../shared/schemas/bridge.ts';
import { goTo } from '../../app/route.ts';
import { useBridgeWizard } from '../../stores/bridge-wizard.ts';

/** Starts the wizard anew; with what to deploy, at its review. */
export function startDeploy(source: BridgeSource | undefined): void {
  const wizard = useBridgeWizard.getState();
  wizard.startOver();
  if (source !== undefined) wizard.chooseSource(source);
  goTo({ page: 'deploy', step: source === undefined ? 'choose' : 'review' });
}

/** Starts the wizard anew at the review of a request that the service made, of a deploy of these nodes. */
export function startRequest(request: BridgeRequest, nodes: readonly string[]): void {
  const wizard = useBridgeWizard.getState();
  wizard.startOver();
  wizard.chooseSource(request.source);
  for (const node of nodes) wizard.setIncluded(node, request.nodes?.includes(node) ?? true);
  wizard.chooseMode(request.mode);
  wizard.chooseWindow(request.windowSeconds);
  goTo({ page: 'deploy', step: 'review' });
}
