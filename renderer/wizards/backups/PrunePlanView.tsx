import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Checkbox } from '@mantine/core';
import { useId, useMemo, useState } from 'react';
import type { PlannedArchive, PrunePlan } from '../../../shared/schemas/backup-plans.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { PrunedArchives } from './PrunedArchives.tsx';
import { isRemoved, isSafety, removedWords } from './prune-words.ts';

/** What a prune does with every archive, place by place, and where nobody could look. */
export function PrunePlanView({ plan }: { plan: PrunePlan }) {
  const [onlyRemoved, setOnlyRemoved] = useState(false);
  const places = useMemo(() => [...Map.groupBy(plan.archives, ({ place }) => place)], [plan]);
  const safe = plan.archives.filter((archive) => !isRemoved(archive) && isSafety(archive)).length;
  return (
    <>
      <Gaps gaps={plan.gaps} />
      <div className="guest-choice-head">
        <p>
          {plan.removes === 0 ? (
            <StateMark state="ok" label={t`The rules keep every archive that is there.`} />
          ) : (
            <strong>
              <RemovedLine archives={plan.archives} />
            </strong>
          )}{' '}
          {safe > 0 && (
            <span className="quiet">
              {plural(safe, {
                one: '# is kept for safety, whatever the rules say.',
                other: '# are kept for safety, whatever the rules say.',
              })}
            </span>
          )}
        </p>
        {plan.removes > 0 && (
          <Checkbox
            size="sm"
            label={t`Only what is removed`}
            checked={onlyRemoved}
            onChange={(event) => setOnlyRemoved(event.currentTarget.checked)}
          />
        )}
      </div>
      {places.map(([place, archives]) => (
        <Place key={place} place={place} archives={archives} onlyRemoved={onlyRemoved} />
      ))}
    </>
  );
}

function RemovedLine({ archives }: { archives: readonly PlannedArchive[] }) {
  const removed = removedWords(archives);
  return <Trans>{removed} will be removed.</Trans>;
}

function Place(props: { place: string; archives: readonly PlannedArchive[]; onlyRemoved: boolean }) {
  const { place, archives, onlyRemoved } = props;
  const heading = useId();
  const removed = archives.filter(isRemoved);
  if (onlyRemoved && removed.length === 0) return null;
  return (
    <section className="section" aria-labelledby={heading}>
      <h3 id={heading}>
        <LabText text={place} /> <span className="quiet">{placeWords(archives.length, removed.length)}</span>
      </h3>
      <PrunedArchives label={t`Archives at ${place}`} archives={onlyRemoved ? removed : archives} />
    </section>
  );
}

function placeWords(all: number, removed: number): string {
  return plural(all, { one: `# archive, ${removed} removed`, other: `# archives, ${removed} removed` });
}

/** Nothing is removed where nobody could look. */
function Gaps({ gaps }: { gaps: PrunePlan['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <section className="panel planned prune-gaps" aria-labelledby="prune-gaps">
      <h3 id="prune-gaps">
        <Trans>Nothing is removed here, because nobody could look</Trans>
      </h3>
      <ul className="planned-refusals">
        {gaps.map(({ place, problem }) => (
          <li key={`${place} ${problem.code}`} className="stacked">
            <strong>
              <LabText text={place} />
            </strong>
            <ServiceText text={problem.what} />
            <span className="quiet">
              <ServiceText text={problem.next} />
            </span>
            <span className="mono small quiet">{problem.code}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
