import { IconArrowRight } from '@tabler/icons-react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { addressOf } from '../../app/route.ts';
import { oldCardDays } from '../../components/cards/node-columns.tsx';
import { useMinute } from '../../components/use-minute.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { formatQuantity } from '../../text/format.ts';

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
  const parts = [
    without > 0 ? `${formatQuantity(without, 'node has', 'nodes have')} no recovery card` : undefined,
    old > 0
      ? `${formatQuantity(old, 'node has', 'nodes have')} one older than ${oldCardDays} days`
      : undefined,
  ];
  return (
    <section className="section" aria-labelledby="today-due">
      <h2 id="today-due">Due</h2>
      <div className="panel finding-list">
        <div className="finding due">
          <StateMark state="none" label="Cards" />
          <span>{parts.filter(Boolean).join(', ')}.</span>
          <a href={addressOf({ page: 'cards' })} className="finding-link">
            See <IconArrowRight size={14} aria-hidden="true" />
          </a>
        </div>
      </div>
    </section>
  );
}
