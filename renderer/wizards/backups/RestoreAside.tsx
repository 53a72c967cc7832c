import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { BackupStep } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { type KnownTargets, targetOf, useRestoreWizard } from '../../stores/backup-restore-wizard.ts';
import { formatBytes } from '../../text/format.ts';

/** The quiet column before a restore runs. */
export function RestoreAside({ step, known }: { step: BackupStep; known: KnownTargets }) {
  const choices = useRestoreWizard();
  const { archive, idChoice } = choices;
  const { node, vmid } = targetOf(choices, known);
  return (
    <>
      <AsideSection title={t`Selected`}>
        {archive === undefined ? (
          <p className="quiet">{t`Not chosen yet.`}</p>
        ) : (
          <>
            <p className="subject">
              <LabText text={archive.guestName ?? archive.guest} />
            </p>
            <p>
              <Trans>
                made <Age time={archive.at} />
              </Trans>
              , {formatBytes(archive.sizeBytes)}
            </p>
            <p className="quiet">
              <LabText text={archive.place} />
            </p>
            {node !== undefined && vmid !== undefined && (
              <p>
                <Trans>
                  to <LabText text={`${node}/${vmid}`} />
                </Trans>
              </p>
            )}
          </>
        )}
      </AsideSection>
      <AsideSection title={t`Will be erased`}>
        <p>
          {step === 'choose'
            ? t`Nothing so far.`
            : idChoice === 'original'
              ? t`The guest that has this number, with its disks, if there is one: the review names it. No archive is removed.`
              : t`Nothing: a new guest is made. No archive is removed.`}
        </p>
      </AsideSection>
      <AsideSection title={t`If contact or power is lost`}>
        <p>{t`Nothing is changed until every byte of the archive was compared. From then on the node goes on by itself, without this machine.`}</p>
        <p className="quiet">
          {t`If the node loses its power in the middle, the guest there is not whole, and what it was to replace is gone. The archive is as it was: restore it again.`}
        </p>
      </AsideSection>
    </>
  );
}
