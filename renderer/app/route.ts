import { useMemo, useSyncExternalStore } from 'react';

import { addressOf, parseRoute, type Route } from './address.ts';

export {
  addressOf,
  type BackupStep,
  type DeployStep,
  parseRoute,
  type Route,
  type SyncStep,
  type WizardStep,
} from './address.ts';

export function goTo(route: Exclude<Route, { page: 'unknown' }>, options: { replace?: boolean } = {}): void {
  const address = addressOf(route);
  if (options.replace) window.location.replace(address);
  else window.location.hash = address;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
