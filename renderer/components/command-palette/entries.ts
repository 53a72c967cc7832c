import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import type { Route } from '../../app/route.ts';

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
const pages: Record<PlainPage, PaletteEntry> = {
  today: pageEntry('today', 'Today', 'home start overview'),
  cards: pageEntry('cards', 'Cards', 'nodes inventory'),
  jobs: pageEntry('jobs', 'Jobs', 'running progress'),
  logbook: pageEntry('logbook', 'Logbook', 'changelog history changes'),
  lab: pageEntry('lab', 'Lab', 'files secrets identity images check'),
  log: pageEntry('log', 'Log', 'diagnostics errors bug report'),
};

function pageEntry(page: PlainPage, label: string, alsoCalled: string): PaletteEntry {
  return {
    id: `page:${page}`,
    group: 'pages',
    label,
    alsoCalled,
    destination: { kind: 'page', route: { page } },
  };
}

const wizards: readonly PaletteEntry[] = [
  {
    id: 'wizard:card',
    group: 'wizards',
    label: 'Burn a recovery card',
    alsoCalled: 'write sd drive image wizard',
    destination: { kind: 'card-wizard' },
  },
];

/** Everything there is to go to: pages, wizards, each node and what is done for it, each job, newest first. */
export function paletteEntries(
  nodes: readonly NodeSummary[],
  jobs: readonly JobSummary[],
): readonly PaletteEntry[] {
  return [...Object.values(pages), ...wizards, ...nodes.flatMap(nodeEntries), ...jobs.map(jobEntry)];
}

function nodeEntries(node: NodeSummary): PaletteEntry[] {
  const alsoCalled = [node.name, node.alias, node.hostname, node.nodeClass].filter(Boolean).join(' ');
  const show: PaletteEntry = {
    id: `node:${node.name}`,
    group: 'nodes',
    label: `Show ${node.name}`,
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
      label: `Burn a card for ${node.name}`,
      alsoCalled,
      destination: { kind: 'card-wizard', node: node.name },
    },
  ];
}

const jobStates: Record<JobSummary['state'], string> = {
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  'cut-off': 'Cut off',
};

function jobEntry(job: JobSummary): PaletteEntry {
  return {
    id: `job:${job.id}`,
    group: 'jobs',
    label: job.title,
    detail: `${jobStates[job.state]}, ${job.subject}`,
    alsoCalled: `job ${job.id}`,
    destination: {
      kind: 'page',
      route: job.kind === 'image-add' ? { page: 'jobs' } : { page: 'card-job', id: job.id },
    },
  };
}
