import { t } from '@lingui/core/macro';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import type { Route } from '../../app/route.ts';
import { jobRoute } from '../../jobs/job-address.ts';
import { jobStateWords } from '../../jobs/job-state-words.ts';

/**
 * Where an entry leads. Data, not a function: the palette can take the operator somewhere and nothing else, whatever
 * stands in the lab's files.
 */
export type Destination =
  | { readonly kind: 'page'; readonly route: Exclude<Route, { page: 'unknown' }> }
  /** The first open question of the card wizard; its review and its red button are still ahead. */
  | { readonly kind: 'card-wizard'; readonly node?: string }
  /** The first question of the bridge's wizard. */
  | { readonly kind: 'bridge-wizard' }
  /** The first question of one of the wizards of the backups; the one that removes archives shows them first. */
  | { readonly kind: 'backup-wizard' | 'restore-wizard' | 'prune-wizard' }
  /** The first question of the wizard that runs one direction of a pair. */
  | { readonly kind: 'sync-wizard' };

export const paletteGroups = ['pages', 'wizards', 'nodes', 'jobs'] as const;
export type PaletteGroup = (typeof paletteGroups)[number];

export interface PaletteEntry {
  /** Unique among the entries. */
  readonly id: string;
  readonly group: PaletteGroup;
  /** May hold text of the lab: shown as text only. */
  readonly label: string;
  /** Shown small beside the label, and searched. */
  readonly detail?: string;
  /** Searched, not shown. */
  readonly alsoCalled?: string;
  readonly destination: Destination;
}

type PlainPage = Exclude<
  Route['page'],
  | 'node'
  | 'burn'
  | 'card-job'
  | 'deploy'
  | 'bridge-job'
  | 'backups-guest'
  | 'backup-job'
  | 'backup-run'
  | 'backup-restore'
  | 'backup-prune'
  | 'sync-run'
  | 'sync-job'
  | 'sync-iteration'
  | 'issue'
  | 'unknown'
>;

/** A page that is added to the routes does not compile until it has its line here. */
const pages = (): Record<PlainPage, PaletteEntry> => ({
  today: pageEntry('today', t`Today`, t`home start overview`),
  cards: pageEntry('cards', t`Cards`, t`nodes inventory`),
  bridge: pageEntry('bridge', t`Bridge`, t`thunderbolt ring network ports check`),
  backups: pageEntry('backups', t`Backups`, t`guests vzdump restore retention calendar`),
  archives: pageEntry('archives', t`Archives`, t`backups list files targets storage`),
  sync: pageEntry('sync', t`Sync`, t`folders pairs mirror direction conflicts trash`),
  jobs: pageEntry('jobs', t`Jobs`, t`running progress`),
  logbook: pageEntry('logbook', t`Logbook`, t`changelog history changes`),
  issues: pageEntry('issues', t`Issues`, t`problems faults open closed`),
  lab: pageEntry('lab', t`Lab`, t`files secrets identity images check`),
  log: pageEntry('log', t`Log`, t`diagnostics errors bug report`),
});

function pageEntry(page: PlainPage, label: string, alsoCalled: string): PaletteEntry {
  return {
    id: `page:${page}`,
    group: 'pages',
    label,
    alsoCalled,
    destination: { kind: 'page', route: { page } },
  };
}

const wizards = (): readonly PaletteEntry[] => [
  {
    id: 'wizard:card',
    group: 'wizards',
    label: t`Burn a recovery card`,
    alsoCalled: t`write sd drive image wizard`,
    destination: { kind: 'card-wizard' },
  },
  {
    id: 'wizard:bridge',
    group: 'wizards',
    label: t`Deploy the Thunderbolt bridge`,
    alsoCalled: t`design network attempt roll back wizard`,
    destination: { kind: 'bridge-wizard' },
  },
  {
    id: 'wizard:backup',
    group: 'wizards',
    label: t`Back up guests`,
    alsoCalled: t`vzdump export archive now wizard`,
    destination: { kind: 'backup-wizard' },
  },
  {
    id: 'wizard:restore',
    group: 'wizards',
    label: t`Get a guest back`,
    alsoCalled: t`restore archive recover undo wizard`,
    destination: { kind: 'restore-wizard' },
  },
  {
    id: 'wizard:prune',
    group: 'wizards',
    label: t`Remove old archives`,
    alsoCalled: t`prune retention keep delete free space wizard`,
    destination: { kind: 'prune-wizard' },
  },
  {
    id: 'wizard:sync',
    group: 'wizards',
    label: t`Sync a pair of folders`,
    alsoCalled: t`mirror copy direction dry run wizard`,
    destination: { kind: 'sync-wizard' },
  },
];

/** Everything there is to go to: pages, wizards, each node and what is done for it, each job, newest first. */
export function paletteEntries(
  nodes: readonly NodeSummary[],
  jobs: readonly JobSummary[],
): readonly PaletteEntry[] {
  return [...Object.values(pages()), ...wizards(), ...nodes.flatMap(nodeEntries), ...jobs.map(jobEntry)];
}

function nodeEntries(node: NodeSummary): PaletteEntry[] {
  const { name } = node;
  const alsoCalled = [node.name, node.alias, node.hostname, node.nodeClass].filter(Boolean).join(' ');
  const show: PaletteEntry = {
    id: `node:${node.name}`,
    group: 'nodes',
    label: t`Show ${name}`,
    detail: node.description,
    alsoCalled,
    destination: { kind: 'page', route: { page: 'node', node: node.name } },
  };
  if (!node.recoverable) return [show];
  return [
    show,
    {
      id: `burn:${node.name}`,
      group: 'nodes',
      label: t`Burn a card for ${name}`,
      alsoCalled,
      destination: { kind: 'card-wizard', node: node.name },
    },
  ];
}

function jobEntry(job: JobSummary): PaletteEntry {
  const { id } = job;
  return {
    id: `job:${id}`,
    group: 'jobs',
    label: job.title,
    detail: `${jobStateWords(job.state)}, ${job.subject}`,
    alsoCalled: t`job ${id}`,
    destination: { kind: 'page', route: jobRoute(job) ?? { page: 'jobs' } },
  };
}
