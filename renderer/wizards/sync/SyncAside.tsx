import { t } from '@lingui/core/macro';
import type { SyncStep } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { DirectionName } from '../../components/sync/DirectionName.tsx';
import { useSyncOverview } from '../../components/sync/use-sync-overview.ts';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { useSyncWizard } from '../../stores/sync-wizard.ts';

/** The quiet column before a pair is run. */
export function SyncAside({ step }: { step: SyncStep }) {
  return (
    <>
      <AsideSection title={t`Selected`}>
        <Selected />
      </AsideSection>
      <AsideSection title={t`Will be changed`}>
        <p>
          {step === 'choose'
            ? t`Nothing so far.`
            : t`The files of the second folder that are listed, and no others. The first folder is only read.`}
        </p>
        <p className="quiet">
          {t`What is replaced or deleted goes to the trash of its own side, from where an undo brings it back.`}
        </p>
      </AsideSection>
      <AsideSection title={t`If contact or power is lost`}>
        <p>
          {t`Each file is the old one or the new one, whole. The next run of the pair takes up what was cut off, before it does anything else.`}
        </p>
        <p className="quiet">
          {t`A run that failed holds back the other direction, so that nothing half done is taken for news.`}
        </p>
      </AsideSection>
    </>
  );
}

function Selected() {
  const { choice } = useSyncWizard();
  const overview = useSyncOverview({ store: false });
  if (choice === undefined) return <p className="quiet">{t`Not chosen yet.`}</p>;
  const pair = overview.data?.pairs.find((one) => one.pair === choice.pair);
  const direction = pair?.directions.find((one) => one.direction === choice.direction);
  return (
    <>
      <p className="subject">
        <LabText text={choice.pair} />
      </p>
      {direction ? (
        <DirectionName from={direction.from} to={direction.to} />
      ) : (
        <p>
          <LabText text={choice.direction} />
        </p>
      )}
    </>
  );
}
