import { plural } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ShownSyncPlan } from '../../../shared/schemas/sync-plans.ts';
import { LabText } from '../../components/LabText.tsx';
import { stayingWords } from '../../components/sync/sync-words.ts';

/** What stays as it is because the destination has the newer one: which, and why. */
export function StayingList({ plan: { staying, furtherStaying, to } }: { plan: ShownSyncPlan }) {
  const side = <LabText text={to} />;
  return (
    <section className="section" aria-labelledby="sync-staying">
      <h3 id="sync-staying">
        <Trans>{side} wins: the other direction brings these over</Trans>
      </h3>
      <ul className="panel sync-staying" aria-labelledby="sync-staying">
        {staying.map(({ filepath, reason }) => (
          <li key={filepath}>
            <span className="mono">
              <LabText text={filepath} />
            </span>
            <span className="quiet">{stayingWords(reason)}</span>
          </li>
        ))}
      </ul>
      {furtherStaying > 0 && (
        <p className="quiet">{plural(furtherStaying, { one: '… and # more.', other: '… and # more.' })}</p>
      )}
    </section>
  );
}
