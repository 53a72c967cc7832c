import { t } from '@lingui/core/macro';
import { AsideSection } from '../../components/wizard/Wizard.tsx';

/** The quiet column before archives are removed. */
export function PruneAside() {
  return (
    <>
      <AsideSection title={t`Selected`}>
        <p>{t`Every archive at every place that answers, as the policy's rules see it now.`}</p>
      </AsideSection>
      <AsideSection title={t`Will be removed`}>
        <p>{t`Exactly the archives that are marked as removed, and no other. No guest is touched.`}</p>
        <p className="quiet">
          {t`Before anything is removed all places are looked at once more: if one of these archives is not as it is shown here, nothing is removed.`}
        </p>
      </AsideSection>
      <AsideSection title={t`If contact or power is lost`}>
        <p>{t`Each archive is whole or gone. They go from the oldest on, so the newer ones are still there.`}</p>
      </AsideSection>
    </>
  );
}
