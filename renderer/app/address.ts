import { isPlainPage, type PlainPage, plainPageAddress } from '../../shared/pages.ts';

export type WizardStep = 'node' | 'target' | 'review';

export type Route =
  | { [Page in PlainPage]: { readonly page: Page } }[PlainPage]
  | { readonly page: 'node'; readonly node: string }
  | { readonly page: 'burn'; readonly step: WizardStep }
  | { readonly page: 'card-job'; readonly id: string }
  | { readonly page: 'unknown'; readonly path: string };

/** The page an address's fragment names: `#/cards/burn/review`. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, '');
  const [first = '', second, third, ...rest] = path.split('/').map(decode);
  if (rest.length > 0) return { page: 'unknown', path };
  if (second === undefined) {
    if (first === '') return { page: 'today' };
    return isPlainPage(first) ? { page: first } : { page: 'unknown', path };
  }
  if (first === 'cards' && third !== undefined) {
    if (second === 'node') return { page: 'node', node: third };
    if (second === 'job') return { page: 'card-job', id: third };
    if (second === 'burn' && (third === 'node' || third === 'target' || third === 'review')) {
      return { page: 'burn', step: third };
    }
  }
  return { page: 'unknown', path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The fragment of a route: the inverse of `parseRoute`. */
export function addressOf(route: Exclude<Route, { page: 'unknown' }>): string {
  if (route.page === 'node') return `#/cards/node/${encodeURIComponent(route.node)}`;
  if (route.page === 'burn') return `#/cards/burn/${route.step}`;
  if (route.page === 'card-job') return `#/cards/job/${encodeURIComponent(route.id)}`;
  return plainPageAddress(route.page);
}
