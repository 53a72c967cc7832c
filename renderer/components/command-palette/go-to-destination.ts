import { goTo } from '../../app/route.ts';
import { startBurn } from '../../wizards/cards/start-burn.ts';
import type { Destination } from './entries.ts';

/** Goes there, and takes the focus along: whoever chose by keyboard reads on at the top of the new page. */
export function goToDestination(destination: Destination): void {
  document.getElementById('page')?.focus();
  if (destination.kind === 'page') goTo(destination.route);
  else startBurn(destination.node);
}
