import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowRight } from '@tabler/icons-react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { addressOf } from '../../app/route.ts';
import { oldCardDays } from '../../components/cards/node-columns.tsx';
import { useMinute } from '../../components/use-minute.ts';
import { StateMark } from '../../components/StateMark.tsx';

const dayMs = 86_400_000;

/** Nodes whose machine could not be replaced today from a fresh card. */
export function DueCards({ nodes }: { nodes: readonly NodeSummary[] }) {
  const now = useMinute().getTime();
  const recoverable = nodes.filter((node) => node.recoverable);
  const without = recoverable.filter((node) => node.lastCardAt === undefined).length;
  const old = recoverable.filter(
    (node) => node.lastCardAt !== undefined && now - Date.parse(node.lastCardAt) > oldCardDays * dayMs,
  ).length;
  if (without + old === 0) return null;
  return (
    <section className="section" aria-labelledby="today-due">
      <h2 id="today-due">
        <Trans>Due</Trans>
      </h2>
      <div className="panel finding-list">
        <div className="finding due">
          <StateMark state="none" label={t`Cards`} />
          <span>{due(without, old)}</span>
          <a href={addressOf({ page: 'cards' })} className="finding-link">
            <Trans>See</Trans> <IconArrowRight size={14} aria-hidden="true" />
          </a>
        </div>
      </div>
    </section>
  );
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
