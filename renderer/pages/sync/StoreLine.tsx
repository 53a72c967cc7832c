import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { SyncOverview, SyncStoreState } from '../../../shared/schemas/sync-overview.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';
import { UnlockButton } from '../../components/secrets/UnlockButton.tsx';

/** Where the runs are kept, whether that answers, and where the logs lie meanwhile. */
export function StoreLine({ overview }: { overview: SyncOverview }) {
  const { store, logFolder } = overview;
  return (
    <section className="section" aria-labelledby="sync-store">
      <h2 id="sync-store">
        <Trans>Where runs are kept</Trans>
      </h2>
      <div className="panel sync-store">
        {store && <Store store={store} />}
        {logFolder !== undefined && (
          <p className="quiet">
            <Trans>
              Logs of runs, until the store has them:{' '}
              <span className="mono">
                <LabText text={logFolder} />
              </span>
            </Trans>
          </p>
        )}
      </div>
    </section>
  );
}

const marks: Record<SyncStoreState['state'], MarkState> = {
  reachable: 'ok',
  unreachable: 'danger',
  none: 'none',
};

function Store({ store: { state, place, problem } }: { store: SyncStoreState }) {
  const words: Record<SyncStoreState['state'], string> = {
    reachable: t`It answers`,
    unreachable: t`It does not answer`,
    none: t`Not made yet`,
  };
  return (
    <div className="sync-store-state">
      <StateMark state={marks[state]} label={words[state]} />
      <span className="stacked">
        <LabText text={place} />
        {problem && (
          <>
            <ServiceText text={problem.what} />
            <span className="quiet">
              <ServiceText text={problem.next} />
            </span>
          </>
        )}
      </span>
      {problem?.code === 'IDENTITY_LOCKED' && <UnlockButton />}
    </div>
  );
}
