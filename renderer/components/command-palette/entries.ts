import { t } from '@lingui/core/macro';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import type { Route } from '../../app/route.ts';
import { jobStateWords } from '../../jobs/job-state-words.ts';

/**
 * Where an entry leads. Data, not a function: the palette can take the operator somewhere and nothing else, whatever
 * stands in the lab's files.
 */
export type Destination =
  | { readonly kind: 'page'; readonly route: Exclude<Route, { page: 'unknown' }> }
  /** The first open question of the card wizard; its review and its red button are still ahead. */
  | { readonly kind: 'card-wizard'; readonly node?: string };

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

type PlainPage = Exclude<Route['page'], 'node' | 'burn' | 'card-job' | 'unknown'>;

/** A page that is added to the routes does not compile until it has its line here. */
const pages = (): Record<PlainPage, PaletteEntry> => ({
  today: pageEntry('today', t`Today`, t`home start overview`),
  cards: pageEntry('cards', t`Cards`, t`nodes inventory`),
  jobs: pageEntry('jobs', t`Jobs`, t`running progress`),
  logbook: pageEntry('logbook', t`Logbook`, t`changelog history changes`),
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
    destination: {
      kind: 'page',
      route: job.kind === 'image-add' ? { page: 'jobs' } : { page: 'card-job', id },
    },
  };
}
