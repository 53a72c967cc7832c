import { isPlainPage, type PlainPage, plainPageAddress } from '../../shared/pages.ts';

export type WizardStep = 'node' | 'target' | 'review';
export type DeployStep = 'choose' | 'review';
/** Of the wizards that back guests up and restore them. */
export type BackupStep = 'choose' | 'review';
export type SyncStep = 'choose' | 'review';

export type Route =
  | { [Page in PlainPage]: { readonly page: Page } }[PlainPage]
  | { readonly page: 'node'; readonly node: string }
  | { readonly page: 'burn'; readonly step: WizardStep }
  | { readonly page: 'card-job'; readonly id: string }
  | { readonly page: 'issue'; readonly id: string }
  | { readonly page: 'deploy'; readonly step: DeployStep }
  | { readonly page: 'bridge-job'; readonly id: string }
  /** As in `baobab/100`. */
  | { readonly page: 'backups-guest'; readonly guest: string }
  | { readonly page: 'archives' }
  | { readonly page: 'backup-run'; readonly step: BackupStep }
  | { readonly page: 'backup-restore'; readonly step: BackupStep }
  /** It has nothing to choose: it begins with its review. */
  | { readonly page: 'backup-prune' }
  | { readonly page: 'backup-job'; readonly id: string }
  | { readonly page: 'sync-run'; readonly step: SyncStep }
  | { readonly page: 'sync-job'; readonly id: string }
  /** One run of a direction, by the id that its rows have. */
  | { readonly page: 'sync-iteration'; readonly id: string }
  | { readonly page: 'unknown'; readonly path: string };

/** The number of an issue; anything else is the address of nothing. */
const issueId = /^ISSUE-\d{4}-\d{3}$/;

/** The page an address's fragment names: `#/cards/burn/review`. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, '');
  const [first = '', second, third, ...rest] = path.split('/').map(decode);
  if (rest.length > 0) return { page: 'unknown', path };
  if (second === undefined) {
    if (first === '') return { page: 'today' };
    return isPlainPage(first) ? { page: first } : { page: 'unknown', path };
  }
  if (first === 'issues' && third === undefined && issueId.test(second)) return { page: 'issue', id: second };
  if (first === 'backups') {
    if (second === 'archives' && third === undefined) return { page: 'archives' };
    if (second === 'guest' && third !== undefined) return { page: 'backups-guest', guest: third };
    if (second === 'job' && third !== undefined) return { page: 'backup-job', id: third };
    if (second === 'prune' && third === 'review') return { page: 'backup-prune' };
    if (third === 'choose' || third === 'review') {
      if (second === 'run') return { page: 'backup-run', step: third };
      if (second === 'restore') return { page: 'backup-restore', step: third };
    }
  }
  if (first === 'sync' && third !== undefined) {
    if (second === 'job') return { page: 'sync-job', id: third };
    if (second === 'iteration') return { page: 'sync-iteration', id: third };
    if (second === 'run' && (third === 'choose' || third === 'review')) {
      return { page: 'sync-run', step: third };
    }
  }
  if (first === 'cards' && third !== undefined) {
    if (second === 'node') return { page: 'node', node: third };
    if (second === 'job') return { page: 'card-job', id: third };
    if (second === 'burn' && (third === 'node' || third === 'target' || third === 'review')) {
      return { page: 'burn', step: third };
    }
  }
  if (first === 'bridge' && third !== undefined) {
    if (second === 'job') return { page: 'bridge-job', id: third };
    if (second === 'deploy' && (third === 'choose' || third === 'review')) {
      return { page: 'deploy', step: third };
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
  if (route.page === 'issue') return `#/issues/${route.id}`;
  if (route.page === 'deploy') return `#/bridge/deploy/${route.step}`;
  if (route.page === 'bridge-job') return `#/bridge/job/${encodeURIComponent(route.id)}`;
  if (route.page === 'backups-guest') return `#/backups/guest/${encodeURIComponent(route.guest)}`;
  if (route.page === 'archives') return '#/backups/archives';
  if (route.page === 'backup-run') return `#/backups/run/${route.step}`;
  if (route.page === 'backup-restore') return `#/backups/restore/${route.step}`;
  if (route.page === 'backup-prune') return '#/backups/prune/review';
  if (route.page === 'backup-job') return `#/backups/job/${encodeURIComponent(route.id)}`;
  if (route.page === 'sync-run') return `#/sync/run/${route.step}`;
  if (route.page === 'sync-job') return `#/sync/job/${encodeURIComponent(route.id)}`;
  if (route.page === 'sync-iteration') return `#/sync/iteration/${encodeURIComponent(route.id)}`;
  return plainPageAddress(route.page);
}
