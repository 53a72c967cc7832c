import { plural, t } from '@lingui/core/macro';
import type { BackupStep } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { type OtherThanPolicy, useBackupRunWizard } from '../../stores/backup-run-wizard.ts';
import { formatNames } from '../../text/format.ts';
import { limitWords, methodWords, modeWords } from './way-words.ts';

/** More than these are counted, not named. */
const namedGuests = 6;

/** The quiet column before a backup runs. */
export function RunAside({ step }: { step: BackupStep }) {
  const { guests, other } = useBackupRunWizard();
  const { length } = guests;
  return (
    <>
      <AsideSection title={t`Selected`}>
        {length === 0 ? (
          <p className="quiet">{t`Not chosen yet.`}</p>
        ) : (
          <>
            <p className="subject">{plural(length, { one: '# guest', other: '# guests' })}</p>
            {length <= namedGuests && (
              <p>
                <LabText text={formatNames(guests)} />
              </p>
            )}
            <Way other={other} />
          </>
        )}
      </AsideSection>
      <AsideSection title={t`Will be changed`}>
        <p>
          {step === 'choose'
            ? t`Nothing so far.`
            : t`New archives come to the storages and targets that are listed. No archive is removed by Sifaka, and no guest is changed.`}
        </p>
      </AsideSection>
      <AsideSection title={t`If contact or power is lost`}>
        <p>
          {t`The node goes on with the backup that it makes, without this machine. The next run takes it up where it is: nothing is backed up twice.`}
        </p>
        <p className="quiet">
          {t`Of a node that lost its power, what was half made is never called a backup, and the archives from before are as they were.`}
        </p>
      </AsideSection>
    </>
  );
}

/** What is not as the policy says. */
function Way({ other: { method, mode, storage, bandwidthLimit } }: { other: OtherThanPolicy }) {
  const isAsPolicy = [method, mode, storage, bandwidthLimit].every((one) => one === undefined);
  if (isAsPolicy) return <p className="quiet">{t`As the policy says`}</p>;
  return (
    <>
      <p className="quiet">{t`Other than the policy:`}</p>
      <ul className="plain-list">
        {method !== undefined && <li>{methodWords(method)}</li>}
        {mode !== undefined && <li>{modeWords(mode).name}</li>}
        {storage !== undefined && (
          <li>
            <LabText text={storage} />
          </li>
        )}
        {bandwidthLimit !== undefined && <li>{limitWords(bandwidthLimit)}</li>}
      </ul>
    </>
  );
}
