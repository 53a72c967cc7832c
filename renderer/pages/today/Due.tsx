import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowRight } from '@tabler/icons-react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { oldCardDays } from '../../components/cards/node-columns.tsx';
import { useMinute } from '../../components/use-minute.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { dueBackups } from './backup-findings.ts';

const dayMs = 86_400_000;

/** What is to be done some day soon: cards that are missing or old, backups with warnings, restore tests. */
export function Due(props: {
  /** Left out while no card was ever burned: the first steps say it then. */
  nodes: readonly NodeSummary[] | undefined;
  backups: BackupOverview | undefined;
}) {
  const now = useMinute().getTime();
  const lines = [...cardLines(props.nodes ?? [], now), ...backupLines(props.backups)];
  if (lines.length === 0) return null;
  return (
    <section className="section" aria-labelledby="today-due">
      <h2 id="today-due">
        <Trans>Due</Trans>
      </h2>
      <div className="panel finding-list">
        {lines.map(({ label, words, href }) => (
          <div key={words} className="finding due">
            <StateMark state="none" label={label} />
            <span>{words}</span>
            <a href={href} className="finding-link">
              <Trans>See</Trans> <IconArrowRight size={14} aria-hidden="true" />
            </a>
          </div>
        ))}
      </div>
    </section>
  );
}

interface DueLine {
  readonly label: string;
  readonly words: string;
  readonly href: string;
}

/** Nodes whose machine could not be replaced today from a fresh card. */
function cardLines(nodes: readonly NodeSummary[], now: number): DueLine[] {
  const recoverable = nodes.filter((node) => node.recoverable);
  const without = recoverable.filter((node) => node.lastCardAt === undefined).length;
  const old = recoverable.filter(
    (node) => node.lastCardAt !== undefined && now - Date.parse(node.lastCardAt) > oldCardDays * dayMs,
  ).length;
  if (without + old === 0) return [];
  return [{ label: t`Cards`, words: due(without, old), href: addressOf({ page: 'cards' }) }];
}

function backupLines(overview: BackupOverview | undefined): DueLine[] {
  const href = addressOf({ page: 'backups' });
  return dueBackups(overview).map((words) => ({ label: t`Backups`, words, href }));
}

function due(without: number, old: number): string {
  if (old === 0) {
    return plural(without, {
      one: '# node has no recovery card.',
      other: '# nodes have no recovery card.',
    });
  }
  if (without === 0) {
    return plural(old, {
      one: `# node has one older than ${oldCardDays} days.`,
      other: `# nodes have one older than ${oldCardDays} days.`,
    });
  }
  return t`${plural(without, {
    one: '# node has no recovery card',
    other: '# nodes have no recovery card',
  })}, ${plural(old, {
    one: `# node has one older than ${oldCardDays} days`,
    other: `# nodes have one older than ${oldCardDays} days`,
  })}.`;
}
